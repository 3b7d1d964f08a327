import type { Kind } from '../trace/index.ts';
import type { PlantedCycle } from './deadlocks.ts';
import type { Recorder, WaitTotal } from './recorder.ts';

/** What an analysis of the whole trace must find. */
export interface Truth {
  /** Each cycle from its smallest tid in the direction waiter → blocker; in the order of their tids. */
  readonly cycles: readonly (readonly number[])[];
  /** Those of the cycles that only the order of a queue closes. */
  readonly soft: readonly (readonly number[])[];
  /** Waits that are in the trace and end nowhere in it. */
  readonly openWaits: number;
  /** Waits that are in the trace from begin to end, by kind. */
  readonly totals: Readonly<Partial<Record<Kind, Readonly<WaitTotal>>>>;
  /** Records left out on purpose. */
  readonly losses: number;
  readonly events: number;
  /** Time of the end, ns. */
  readonly endNs: number;
}

export function describeTruth(
  hard: readonly PlantedCycle[],
  soft: readonly PlantedCycle[],
  recorder: Recorder,
): Truth {
  return {
    cycles: sortCycles([...hard, ...soft].map(turnCycle)),
    soft: sortCycles(soft.map(turnCycle)),
    openWaits: recorder.openWaits,
    totals: Object.fromEntries([...recorder.totals].sort(([a], [b]) => (a < b ? -1 : 1))),
    losses: recorder.lostCount,
    events: recorder.eventCount,
    endNs: recorder.nowNs,
  };
}

function turnCycle(tasks: PlantedCycle): number[] {
  const tids = tasks.map(({ tid }) => tid);
  const least = tids.reduce((at, tid, i) => (tid < tids[at]! ? i : at), 0);
  return [...tids.slice(least), ...tids.slice(0, least)];
}

function sortCycles(cycles: readonly number[][]): number[][] {
  return cycles.toSorted((a, b) => {
    const at = a.findIndex((tid, i) => tid !== b[i]);
    return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? Number.NEGATIVE_INFINITY);
  });
}
