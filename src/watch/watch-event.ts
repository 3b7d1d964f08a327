import type { Analysis } from '../../analysis/index.ts';
import type { FindingVerdict, ResolvedReason } from './finding-log.ts';

/** Version of the objects that `holdwait watch --json` prints, one a line. */
export const WATCH_SCHEMA = 'holdwait.watch/1';

/**
 * What a watch says. Times named `…Ns` are ns since the start of the present run of the tracer, in the target's clock; `at`
 * is the wall clock of the machine that watches, ISO 8601.
 */
export type WatchEvent =
  | StartedEvent
  | FindingEvent
  | ResolvedEvent
  | SavedEvent
  | LostEvent
  | ReconnectedEvent
  | StatusEvent
  | NoteEvent;

interface EventBase {
  readonly schema: typeof WATCH_SCHEMA;
  readonly at: string;
  readonly target: string;
  /** The newest sign of life of the tracer. */
  readonly atNs: number;
}

/** Every probe is attached. */
export interface StartedEvent extends EventBase {
  readonly event: 'started';
  readonly kernelRelease?: string;
  /** Where the window and the saved captures are. */
  readonly folder: string;
}

export interface FindingEvent extends EventBase {
  readonly event: FindingVerdict;
  /** `f-1`; `resolved` and `saved` name it again. */
  readonly id: string;
  readonly tasks: readonly number[];
  /** The documented deadlock that matches best. */
  readonly signature?: string;
  /** Begin of the wait that closed the cycle; of a hang, of its longest wait. */
  readonly closedNs: number;
  /** The newest sign of life when it was said, which is `atNs`. */
  readonly saidNs: number;
  /** From `closedNs` to `saidNs`. */
  readonly latencyMs: number;
  /** Nothing came after what closed it: the target fell silent, or was lost. */
  readonly unconfirmed?: true;
  /** What led up to it; `saved` says when the file is whole. */
  readonly capture: string;
  /** As `holdwait analyze --json` prints it. */
  readonly analysis: Analysis;
}

export interface ResolvedEvent extends EventBase {
  readonly event: 'resolved';
  readonly id: string;
  /** What it had been said to be. */
  readonly was: FindingVerdict;
  readonly tasks: readonly number[];
  readonly reason: ResolvedReason | 'rebooted';
  /** From when it was said until now; ns. Missing where the time is another since. */
  readonly lastedNs?: number;
}

export interface SavedEvent extends EventBase {
  readonly event: 'saved';
  readonly id: string;
  readonly capture: string;
  /** Why there is no such file. */
  readonly error?: string;
}

/** Nothing is seen of the target from here on. */
export interface LostEvent extends EventBase {
  readonly event: 'lost';
  readonly reason: string;
  /** Waits that were open then, and are not followed any more. */
  readonly openWaits: number;
  /** Findings that stood then. */
  readonly findings: readonly string[];
}

export interface ReconnectedEvent extends EventBase {
  readonly event: 'reconnected';
  /** Wall clock: what happened between is not known. */
  readonly missedFrom: string;
  readonly missedTo: string;
  readonly missedMs: number;
  readonly reason: string;
  /** The target has booted since. */
  readonly rebooted: boolean;
  readonly attempts: number;
}

export interface StatusEvent extends EventBase {
  readonly event: 'status';
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly openWaits: number;
  readonly longestWaitNs: number;
  /** Records that the tracer or the wire has lost in this run. */
  readonly lost: number;
  /** Since the newest sign of life. */
  readonly silentMs: number;
  readonly windowBytes: number;
  /** Findings that stand. */
  readonly findings: readonly string[];
}

/** Something beside the watch went wrong: a ring, the disk, an attempt to come back. */
export interface NoteEvent extends EventBase {
  readonly event: 'note';
  readonly text: string;
}

/** An event without what all of them have. */
export type WatchNews = WatchEvent extends infer E
  ? E extends WatchEvent
    ? Omit<E, keyof EventBase>
    : never
  : never;
