import { ALLOC_FUNCTIONS } from '../src/trace/index.ts';
import { describeHold, describeResource } from './describe-edge.ts';
import type { Hold } from './replay/hold-tracker.ts';
import type { ReplayState } from './replay/replay.ts';
import type { Edge, TaskSummary } from './result.ts';

/** Describes every task that the given edges mention, and those given by tid. */
export function describeTasks(
  state: ReplayState,
  edges: Iterable<Edge>,
  others: Iterable<number> = [],
): Readonly<Record<string, TaskSummary>> {
  const tids = new Set([...mentionedTids(edges), ...others]);
  const holds = collectHolds(state, tids);
  const tasks: Record<string, TaskSummary> = {};
  for (const tid of [...tids].sort((a, b) => a - b)) {
    tasks[tid] = describeTask(state, tid, holds.get(tid) ?? []);
  }
  return tasks;
}

function mentionedTids(edges: Iterable<Edge>): Set<number> {
  const tids = new Set<number>();
  for (const { waiter, blocker } of edges) {
    tids.add(waiter);
    if (blocker !== null) {
      tids.add(blocker);
    }
  }
  return tids;
}

function collectHolds({ holds, lives }: ReplayState, tids: ReadonlySet<number>): Map<number, Hold[]> {
  const byTid = new Map<number, Hold[]>();
  for (const hold of holds.all()) {
    if (tids.has(hold.tid) && lives.isSame(hold.tid, hold.at)) {
      const known = byTid.get(hold.tid);
      if (known === undefined) {
        byTid.set(hold.tid, [hold]);
      } else {
        known.push(hold);
      }
    }
  }
  return byTid;
}

function describeTask({ tables, allocs }: ReplayState, tid: number, holds: Hold[]): TaskSummary {
  const row = tables.tasks.latest(tid);
  const allocation = allocs.openOf(tid);
  return {
    name: tables.tasks.name(tid),
    ...(row?.pid === undefined ? {} : { pid: row.pid }),
    ...(row?.comm === undefined ? {} : { comm: row.comm }),
    holds: holds
      .sort((a, b) => a.sinceNs - b.sinceNs)
      .map((hold) => ({ ...describeResource(tables, hold.resource), ...describeHold(tables, hold) })),
    ...(allocation === undefined
      ? {}
      : { allocation: { fn: ALLOC_FUNCTIONS[allocation.fn] ?? 'unknown', sinceNs: allocation.sinceNs } }),
  };
}
