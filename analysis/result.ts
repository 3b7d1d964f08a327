import type { CaptureInfo, Evidence, LossSummary } from '../src/trace/index.ts';
import type { LockOrder } from './lock-orders.ts';
import type { OrderSummary } from './order-graph/collect-orders.ts';
import type { WaitTimes } from './wait-times/result.ts';

/** Version of the object that `holdwait analyze --json` prints; its JSON Schema is src/report/analysis.schema.json. */
export const ANALYSIS_SCHEMA = 'holdwait.analysis/1';

/** `deadlock` and `suspected`: there is a cycle; `hang`: waits open for long, no cycle. */
export type Verdict = 'deadlock' | 'suspected' | 'hang' | 'none';

/**
 * The answer of one analysis; every renderer prints this object and computes nothing. Times are ns since the capture's
 * start, durations ns. Optional fields are left out where nothing is known.
 */
export interface Analysis {
  readonly schema: typeof ANALYSIS_SCHEMA;
  readonly capture: CaptureInfo & AnalysisScope;
  readonly loss: LossSummary;
  readonly verdict: Verdict;
  /** Deadlocks first, then by the time they closed. */
  readonly cycles: readonly Cycle[];
  /** Present if one knot of tasks holds so many cycles that only the first of them are listed. */
  readonly moreCycles?: true;
  readonly chains: readonly Chain[];
  readonly potential: readonly PotentialDeadlock[];
  /** Circles of orders seen in the capture that are not among `potential`, and why; left out if there are none. */
  readonly orders?: OrderSummary;
  /** Names and held resources of every task that a cycle, chain or potential deadlock mentions, by tid. */
  readonly tasks: Readonly<Record<string, TaskSummary>>;
  /**
   * Every open wait, also those of no chain listed, an edge each and one for each cycle that it is in; `tasks` has whoever
   * holds something then, too. Left out unless it was asked for.
   */
  readonly edges?: readonly Edge[];
  /** Open waits that are in no cycle and in no printed chain (chains are cut at `maxChains`). */
  readonly omittedChains: number;
  /** Chains that are not listed because nothing in them is what was selected; left out if there are none. */
  readonly filteredChains?: number;
  /** Where the time went, unless it was not to be looked at. */
  readonly waitTimes?: WaitTimes;
  readonly attachments: readonly string[];
}

/** Size and limits of what was analysed. */
export interface AnalysisScope {
  readonly events: number;
  readonly endNs: number;
  readonly hangThresholdNs: number;
  /** The capture goes on after `endNs`: the answer is of that moment. */
  readonly isCut?: true;
}

/** Always waiter → resource → blocker. */
export interface Edge {
  readonly waiter: number;
  readonly resource: ResourceRef;
  /** null: nobody is known (or an I/O: then `io` is true). */
  readonly blocker: number | null;
  readonly evidence: Evidence;
  /** false: blocked by the order of the queue, not by a holder. */
  readonly hard: boolean;
  /** When the wait began. */
  readonly sinceNs: number;
  /** How long it has lasted at the end of the capture. */
  readonly waitNs: number;
  /** The waiter's stack, innermost frame first. */
  readonly stack: readonly string[];
  readonly mode?: 'read' | 'write';
  /** The resource's release is up to a device. */
  readonly io?: boolean;
  /** Where the blocker is not simply seen or read from the lock: what it was inferred from. */
  readonly inferredFrom?: string;
  /** `interrupt`: not the task itself waits, but an interrupt that came in on top of it. */
  readonly context?: 'interrupt';
  /** When and where the blocker took the resource, where that was seen. */
  readonly hold?: { readonly sinceNs: number; readonly stack: readonly string[] };
}

/** One thing that can be waited for: `id` (an address, or a name) tells it from others of its `kind`. */
export interface ResourceRef {
  readonly kind: string;
  readonly id: string;
  /** In words, where the capture knows: "page 64 of inode 13 on 254:16". */
  readonly label?: string;
}

/** A closed wait chain. Tasks are tids. */
export interface Cycle {
  readonly verdict: 'deadlock' | 'suspected';
  /** Why a suspected cycle is not a deadlock; empty for a deadlock. */
  readonly reasons: readonly string[];
  /** Starts at the smallest tid and follows waiter → blocker; edges[i] leads from tasks[i] to the next. */
  readonly tasks: readonly number[];
  readonly edges: readonly Edge[];
  /** When the wait that closed it began. */
  readonly closedNs: number;
  /** Tasks of the listed chains that end in this cycle: stuck behind it, but no part of it. Longest chain wait first. */
  readonly victims: readonly number[];
  /** Victims whose chains are not listed (chains are cut at `maxChains`). */
  readonly moreVictims?: number;
  readonly matches: readonly SignatureMatch[];
}

/** Edges that follow each other, from a task that nobody waits for to what the last one waits for. */
export interface Chain {
  /** Wait of the first link. */
  readonly waitNs: number;
  readonly links: readonly Edge[];
  readonly end: 'running' | 'io' | 'unknown' | 'cycle';
  /** With end `cycle`: position in `cycles`. */
  readonly cycle?: number;
}

/** A documented deadlock that a cycle is. */
export interface SignatureMatch {
  readonly id: string;
  readonly title: string;
  /** 0..1; edges weigh more than frames. */
  readonly score: number;
  /** Role name → tid. */
  readonly roles: Readonly<Record<string, number>>;
  readonly sources: readonly string[];
  readonly fix?: string;
}

/** What could become a deadlock, by the kernel's own checker or by the orders seen; nothing shows that it did. */
export interface PotentialDeadlock extends LockOrder {
  readonly matches: readonly PotentialMatch[];
}

/** An order of locks has no tasks in its roles, only classes. */
export type PotentialMatch = Omit<SignatureMatch, 'roles'>;

/** A task as a report names it: `name` is `comm:tid`. */
export interface TaskSummary {
  readonly name: string;
  readonly pid?: number;
  readonly comm?: string;
  /** What it holds at the end of the capture, longest first. */
  readonly holds: readonly (ResourceRef & { readonly sinceNs: number; readonly stack: readonly string[] })[];
  /** An allocation it entered and has not left. */
  readonly allocation?: { readonly fn: string; readonly sinceNs: number };
}
