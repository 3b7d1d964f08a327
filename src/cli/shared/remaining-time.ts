import { formatDuration } from '../../report/format.ts';

/** What is known of how long a step goes on. */
export interface Outlook {
  /** Of the work that is done, 0 to 1. */
  readonly share?: number | undefined;
  /** How long it takes, where that was asked for, ms. */
  readonly totalMs?: number | undefined;
  /** How long the same took the last time, ms. */
  readonly lastMs?: number | undefined;
}

const NS_PER_S = 1e9;
/** A rate is a guess before. */
const LEAST_MS = 2000;
const LEAST_SHARE = 0.01;

/** `about 40 s left`, or `longer than the last time (8 s)`; undefined while nothing can be said. */
export function describeRemaining(
  elapsedMs: number,
  { share, totalMs, lastMs }: Outlook,
): string | undefined {
  if (share !== undefined) {
    const isKnown = elapsedMs >= LEAST_MS && share >= LEAST_SHARE && share < 1;
    return isKnown ? describeLeft((elapsedMs * (1 - share)) / share) : undefined;
  }
  if (totalMs !== undefined) {
    return elapsedMs < totalMs ? describeLeft(totalMs - elapsedMs) : undefined;
  }
  if (lastMs === undefined) {
    return undefined;
  }
  return elapsedMs <= lastMs
    ? describeLeft(lastMs - elapsedMs)
    : `longer than the last time (${round(lastMs)})`;
}

function describeLeft(ms: number): string {
  return `about ${round(ms)} left`;
}

/** No more digits than the guess has: seconds, five of them, minutes. */
function round(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const step = seconds < 20 ? 1 : seconds < 120 ? 5 : 60;
  return formatDuration(Math.round(seconds / step) * step * NS_PER_S);
}
