import { InvalidArgumentError } from 'commander';
import { HoldwaitError } from '../../trace/index.ts';
import { parseDurationNs } from './options.ts';

/** A moment as it is asked for: since the start of a capture, before its end, or by the clock on the wall. */
export type TimePoint =
  | { readonly from: 'start' | 'end'; readonly ns: number }
  | { readonly from: 'clock'; readonly epochMs: number; readonly ns: number };

/** What a capture must tell to resolve a TimePoint. */
export interface CaptureBounds {
  readonly endNs: number;
  readonly startedAt?: string | undefined;
}

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;
const NS_PER_MS = 1e6;

/** `1.5s` since the start, `-10s` before the end, or a time of ISO 8601 (local unless it names a zone). */
export function parseTimePoint(text: string): TimePoint {
  const [, seconds, fraction = '', zone = ''] = ISO.exec(text.trim()) ?? [];
  if (seconds === undefined) {
    const isBack = text.trim().startsWith('-');
    return { from: isBack ? 'end' : 'start', ns: parseOffset(isBack ? text.trim().slice(1) : text) };
  }
  const epochMs = Date.parse(seconds + zone);
  if (Number.isNaN(epochMs)) {
    throw new InvalidArgumentError('There is no such time.');
  }
  return { from: 'clock', epochMs, ns: Number(fraction.padEnd(9, '0')) };
}

function parseOffset(text: string): number {
  try {
    return parseDurationNs(text);
  } catch {
    throw new InvalidArgumentError(
      'A time is a duration since the capture began (90s), before its end (-10s), or ISO 8601 (2025-01-31T12:00:00Z).',
    );
  }
}

/** Whether the capture must be asked before the point is known. */
export function needsBounds(point: TimePoint | undefined): boolean {
  return point !== undefined && point.from !== 'start';
}

/**
 * ns since the capture's start, not before it.
 *
 * @throws HoldwaitError (usage) START_UNKNOWN if the capture does not say when it was started
 */
export function resolveTimePoint(point: TimePoint, { endNs, startedAt }: CaptureBounds): number {
  switch (point.from) {
    case 'start':
      return point.ns;
    case 'end':
      return Math.max(0, endNs - point.ns);
    case 'clock': {
      const startedMs = startedAt === undefined ? Number.NaN : Date.parse(startedAt);
      if (Number.isNaN(startedMs)) {
        throw new HoldwaitError('usage', 'START_UNKNOWN', 'the capture does not say when it was started', {
          hint: 'Give the time since its start (90s) or before its end (-10s).',
        });
      }
      return Math.max(0, (point.epochMs - startedMs) * NS_PER_MS + point.ns);
    }
  }
}
