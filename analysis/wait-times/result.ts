import type { ResourceRef } from '../result.ts';
import type { Latency } from './histogram.ts';
import type { WaitSelection } from './selection.ts';
import type { TaskName } from './task-slots.ts';

/** Rows by time, longest first, and what of the list was left out. */
export interface Ranked<T> {
  readonly rows: readonly T[];
  readonly omitted: number;
}

/**
 * Where the time went. A task's time counts once: for the innermost wait that it is in. All tables of `waitedNs` add up
 * to the same total, rows that were left out included. Times are ns since the capture's start, durations ns.
 */
export interface WaitTimes {
  readonly sinceNs: number;
  readonly untilNs: number;
  /** Which waits count, where not all do. */
  readonly selection?: WaitSelection;
  /** Waits that lasted into the window. */
  readonly waits: number;
  readonly waitedNs: number;
  /** Of these, those open at its end. */
  readonly open: WaitSum;
  /** Of these, those whose end is not in the capture although it came: their time is an upper limit. */
  readonly endMissed: WaitSum;
  readonly tasks: Ranked<WaitSum & { readonly task: TaskName }>;
  readonly resources: Ranked<WaitSum & { readonly resource: ResourceRef }>;
  readonly kinds: Ranked<WaitSum & WithLatency & { readonly kind: string }>;
  /** Functions, innermost first, without scheduler and entry; empty: no stack. */
  readonly paths: Ranked<WaitSum & WithLatency & { readonly path: readonly string[] }>;
  /** Only where it was asked for. */
  readonly detail?: WaitDetail;
}

/** How many waits, and their time together. */
export interface WaitSum {
  readonly waits: number;
  readonly waitedNs: number;
}

/** How long such waits take. */
export interface WithLatency {
  /** Of the waits that were seen to end in the window, each with its whole length. Of call paths only with `detail`. */
  readonly latency?: Latency;
}

/** Whom the waits were for; see WaitTimesOptions. */
export interface WaitDetail {
  /** What the chains end at. */
  readonly roots: Ranked<WaitRoot>;
  /** Time that is in no chain: of those far back in a long queue. */
  readonly unfollowedNs: number;
  /** The capture has too many changes of chains to look at each: chains and segments are from looks now and then. */
  readonly isSampled?: true;
  readonly chainsByTask: Ranked<TaskChain>;
  readonly chainsByPath: Ranked<PathChain>;
  readonly convoys: Ranked<Convoy>;
  readonly holds: Ranked<LongHold>;
  readonly longest: Ranked<WaitHistory>;
}

/** What a chain ends at: a task that does not wait, a device, nobody known, or a cycle, named by its smallest tid. */
export type ChainEnd =
  | { readonly type: 'running' | 'cycle'; readonly task: TaskName }
  | { readonly type: 'io' | 'unknown'; readonly kind: string };

/** What carries how much of the time. */
export type WaitRoot = ChainEnd & { readonly waitedNs: number };

/** Everyone whose waits led the same way, from the waiter to the end. */
export interface TaskChain {
  readonly waitedNs: number;
  readonly links: readonly { readonly task: TaskName; readonly kind: string }[];
  readonly end: ChainEnd;
}

/** The same by where in the code the tasks waited; `end` says no more than of which type it is. */
export interface PathChain {
  readonly waitedNs: number;
  readonly links: readonly { readonly path: readonly string[]; readonly kind: string }[];
  readonly end: ChainEnd['type'];
}

/** A stretch of time in which some tasks at once waited for one resource. */
export interface Convoy {
  readonly resource: ResourceRef;
  readonly fromNs: number;
  readonly toNs: number;
  readonly isOpen: boolean;
  readonly waits: number;
  readonly waitedNs: number;
  /** The most waits at once, and since when; whom they were for then. */
  readonly peakWaiters: number;
  readonly peakNs: number;
  readonly holder?: TaskName;
  /** How often a task took the resource meanwhile. */
  readonly handovers: number;
}

/** One of the longest holds. */
export interface LongHold {
  readonly task: TaskName;
  readonly resource: ResourceRef;
  readonly sinceNs: number;
  readonly heldNs: number;
  readonly end: 'released' | 'displaced' | 'given-to-device' | 'open';
  /** Call paths, innermost first; empty where no stack is known. */
  readonly taken: readonly string[];
  readonly released: readonly string[];
}

/** One wait and whom it was for over time. */
export interface WaitHistory {
  readonly task: TaskName;
  readonly resource: ResourceRef;
  readonly sinceNs: number;
  readonly waitNs: number;
  readonly end: 'ended' | 'superseded' | 'task-gone' | 'open';
  readonly path: readonly string[];
  readonly segments: readonly WaitSegment[];
  /** Segments from the middle that are not kept. */
  readonly omittedSegments: number;
}

/** A stretch of a wait in which it was behind the same tasks. */
export interface WaitSegment {
  readonly fromNs: number;
  readonly toNs: number;
  /** Whom the wait was behind, nearest first, each with what they waited for themselves. */
  readonly behind: readonly { readonly task: TaskName; readonly resource: ResourceRef }[];
  /** Tasks of a long chain between the last of them and the end that are not listed; left out where there are none. */
  readonly moreBehind?: number;
  readonly end: ChainEnd;
}
