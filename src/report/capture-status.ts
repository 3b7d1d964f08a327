import { formatCount, formatDuration, formatPlural } from './format.ts';

/** What there is to say of a running capture; durations in ns. */
export interface CaptureStatusText {
  readonly events: number;
  readonly openWaits: number;
  readonly longestWaitNs: number;
  readonly lost: number;
  readonly eventsPerSecond?: number;
}

/** `1,204 events, 2 open waits (longest 4.2 s), none lost`. */
export function describeStatus(status: CaptureStatusText): string {
  const rate =
    status.eventsPerSecond === undefined ? '' : ` (${formatCount(Math.round(status.eventsPerSecond))}/s)`;
  const waits =
    status.openWaits === 0
      ? 'no open wait'
      : `${formatPlural(status.openWaits, 'open wait')} (longest ${formatDuration(status.longestWaitNs)})`;
  const lost = status.lost === 0 ? 'none lost' : `${formatCount(status.lost)} LOST`;
  return `${formatCount(status.events)} events${rate}, ${waits}, ${lost}`;
}
