import type { ResourceRef } from '../result.ts';

/**
 * Who waited for what and held what over time, for drawing. Columns of one table have the same length; what one column
 * refers to is a position in another list. Times are ns since the capture's start, durations ns, all whole numbers.
 */
export interface Timeline {
  readonly endNs: number;
  /** Tasks of cycles first, then those of chains, then the others by the time they waited. */
  readonly lanes: readonly TimelineLane[];
  readonly resources: readonly ResourceRef[];
  readonly frames: readonly string[];
  /** Innermost frame first, as positions in `frames`. */
  readonly stacks: readonly (readonly number[])[];
  /** Whom open waits are for that are for several tasks; one list for all waits with the same. */
  readonly blockerSets: readonly BlockerSet[];
  readonly waits: WaitColumns;
  readonly holds: HoldColumns;
  /**
   * Spans that are not in the columns: short ones, first those of tasks of no interest. Open ones are always kept.
   */
  readonly omitted: {
    readonly waits: number;
    readonly waitedNs: number;
    readonly holds: number;
    readonly heldNs: number;
  };
}

/** One task, as long as it had its tid. */
export interface TimelineLane {
  readonly tid: number;
  readonly name: string;
  readonly interest: 'cycle' | 'chain' | 'other';
  /** All of its waits, those that were left out included. */
  readonly waits: number;
  readonly waitedNs: number;
}

/** All of them have what is waited for, or perhaps one of them, as the wait's evidence says. */
export interface BlockerSet {
  /** Positions in `lanes`, ascending: those of cycles first. */
  readonly lanes: readonly number[];
  /** Tasks that are not listed. */
  readonly more: number;
}

/** In the columns `stack`, `mode` and `blocker`: nothing is known; in `blockers`: there are not several. */
export const UNKNOWN_POSITION = -1;
/** In the column `blocker`: a device, not a task. */
export const DEVICE_POSITION = -2;

/** How a span ended, as positions in this list. */
export const SPAN_ENDS = [
  'open',
  'ended',
  'superseded',
  'task-gone',
  'released',
  'displaced',
  'given-to-device',
] as const;
/** One of SPAN_ENDS. */
export type SpanEnd = (typeof SPAN_ENDS)[number];

interface SpanColumns {
  /** Position in `lanes`. */
  readonly lane: readonly number[];
  readonly beginNs: readonly number[];
  /** To the end of the capture, where the span is open. */
  readonly durationNs: readonly number[];
  /** Position in `resources`. */
  readonly resource: readonly number[];
  /** Position in `stacks`. */
  readonly stack: readonly number[];
  /** Position in MODES. */
  readonly mode: readonly number[];
  /** Position in SPAN_ENDS. */
  readonly end: readonly number[];
}

/** Sorted by lane, then begin. */
export interface WaitColumns extends SpanColumns {
  /** Position in `lanes`: whom an open wait is for, or who let go last before it ended. The first, where there are several. */
  readonly blocker: readonly number[];
  /** Position in `blockerSets`. */
  readonly blockers: readonly number[];
  /** Position in EVIDENCES: how the blocker is known. */
  readonly evidence: readonly number[];
  /** 1: blocked by who holds it; 0: by the order of the queue. */
  readonly hard: readonly number[];
}

/** Sorted by lane, then begin; a task may hold several things at once. */
export type HoldColumns = SpanColumns;
