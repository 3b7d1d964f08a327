import type { Edge } from '../../../../../analysis/result.ts';
import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';

type Lists = Map<number, (readonly number[])[]>;

/**
 * Tids of those who wait at the end, by the tid of each task that they wait for: an edge names one of its blockers only, the
 * timeline several. Tasks share a list where they can: a hundred thousand may wait for the same readers.
 *
 * @param edges every open wait
 */
export function collectWaiters(
  edges: readonly Edge[],
  timeline: Timeline,
): ReadonlyMap<number, readonly number[]> {
  const byTid = waitersBySets(timeline);
  for (const [tid, blocks] of Map.groupBy(edges, ({ blocker }) => blocker)) {
    if (tid !== null) {
      addTo(byTid, tid, [...new Set(blocks.map(({ waiter }) => waiter))]);
    }
  }
  return new Map(Array.from(byTid, ([tid, lists]) => [tid, mergeLists(lists)]));
}

/** By the tid of a blocker: those who wait for each of the sets that it is in. */
function waitersBySets({ lanes, waits, blockerSets }: Timeline): Lists {
  const bySet = blockerSets.map((): number[] => []);
  waits.blockers.forEach((set, row) => {
    bySet[set]?.push(lanes[waits.lane[row]!]!.tid);
  });
  const byTid: Lists = new Map();
  blockerSets.forEach((set, position) => {
    for (const lane of set.lanes) {
      addTo(byTid, lanes[lane]!.tid, bySet[position]!);
    }
  });
  return byTid;
}

function addTo(lists: Lists, tid: number, waiters: readonly number[]): void {
  const known = lists.get(tid);
  known === undefined ? lists.set(tid, [waiters]) : known.push(waiters);
}

function mergeLists(lists: readonly (readonly number[])[]): readonly number[] {
  return lists.length === 1 ? lists[0]! : [...new Set(lists.flat())];
}
