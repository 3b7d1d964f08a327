import { describeResource } from '../describe-edge.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { CallPaths } from './call-paths.ts';
import { collectDetail } from './collect-detail.ts';
import { largest, type TieOrder } from './columns.ts';
import type { DetailObserver } from './detail-observer.ts';
import type { Histogram } from './histogram.ts';
import type { Ranked, WaitSum, WaitTimes, WithLatency } from './result.ts';
import type { WaitSelection } from './selection.ts';
import type { TaskSlots } from './task-slots.ts';
import { END_MISSED, OPEN, type TimeSums, type Totals, type WaitTotals } from './wait-totals.ts';

export interface CollectedTimes {
  readonly state: ReplayState;
  readonly slots: TaskSlots;
  readonly paths: CallPaths;
  readonly totals: WaitTotals;
  readonly detail: DetailObserver | undefined;
  readonly sinceNs: number;
  /** End of the window. */
  readonly nowNs: number;
  /** End of the capture. */
  readonly endNs: number;
  readonly selection: WaitSelection | undefined;
  /** 0 = all. */
  readonly top: number;
}

/** Makes the result of what was counted; changes nothing of it. */
export function collectWaitTimes(collected: CollectedTimes): WaitTimes {
  const { totals, detail, sinceNs, nowNs, endNs, selection } = collected;
  const sums = totals.totals(endNs);
  const waitedNs = sums.byState.waitedNs.reduce((sum, ns) => sum + ns, 0);
  return {
    sinceNs,
    untilNs: nowNs,
    ...(selection === undefined ? {} : { selection }),
    waits: sums.byState.waits.reduce((sum, waits) => sum + waits, 0),
    waitedNs,
    open: sumAt(sums.byState, OPEN),
    endMissed: sumAt(sums.byState, END_MISSED),
    ...describeTables(collected, sums),
    ...(detail === undefined ? {} : { detail: collectDetail({ ...collected, detail, waitedNs }) }),
  };
}

type Tables = Pick<WaitTimes, 'tasks' | 'resources' | 'kinds' | 'paths'>;

function describeTables({ state, slots, paths, totals, top }: CollectedTimes, sums: Totals): Tables {
  const { tables } = state;
  const tasks = rank(sums.byTask, top, (a, b) => slots.tidOf(a) - slots.tidOf(b));
  const byText: TieOrder = (a, b) => (paths.get(a).join() < paths.get(b).join() ? -1 : 1);
  const names = slots.names(tasks.rows, tables.tasks);
  return {
    tasks: describe(tasks, (slot) => ({ task: names.get(slot)!, ...sumAt(sums.byTask, slot) })),
    resources: describe(rank(sums.byResource, top), (resource) => ({
      resource: describeResource(tables, resource),
      ...sumAt(sums.byResource, resource),
    })),
    kinds: describe(rank(sums.byKind, top), (kind) => ({
      kind: totals.kinds.get(kind),
      ...sumAt(sums.byKind, kind),
      ...latencyOf(totals.kindLatency(kind)),
    })),
    paths: describe(rank(sums.byPath, top, byText), (path) => ({
      path: paths.get(path),
      ...sumAt(sums.byPath, path),
      ...latencyOf(totals.pathLatency(path)),
    })),
  };
}

/** Positions with time, the longest first; those without any, though they have waits, count for nothing. */
function rank({ waitedNs }: TimeSums, top: number, tie?: TieOrder): Ranked<number> {
  const rows = largest(waitedNs, top, tie);
  const all = top === 0 ? rows.length : waitedNs.reduce((count, ns) => count + Number(ns > 0), 0);
  return { rows, omitted: all - rows.length };
}

export function describe<T, U>({ rows, omitted }: Ranked<T>, toRow: (row: T) => U): Ranked<U> {
  return { rows: rows.map(toRow), omitted };
}

function sumAt({ waits, waitedNs }: TimeSums, i: number): WaitSum {
  return { waits: waits[i] ?? 0, waitedNs: waitedNs[i] ?? 0 };
}

function latencyOf(histogram: Histogram | undefined): WithLatency {
  return histogram === undefined ? {} : { latency: histogram.latency() };
}
