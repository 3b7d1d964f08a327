import type { Analysis } from '../result.ts';
import type { SpanTables } from '../spans/span-collector.ts';
import { grown } from '../wait-times/columns.ts';
import type { TimelineLane } from './timeline.ts';

type Tasks = SpanTables['tasks'];

/** Numbers of the tasks that cycles and chains mention, in the order in which those do; cycles come first. */
export interface Interests {
  readonly cycle: ReadonlySet<number>;
  /** Without those of cycles. */
  readonly chain: ReadonlySet<number>;
}

/** Whom cycles and chains are made of. A tid stands for the last task that had it: they are of the capture's end. */
export function findInterests({ cycles, chains }: Analysis, tasks: Tasks): Interests {
  const lastWithTid = new Map<number, number>();
  for (const [task, { tid }] of tasks) {
    lastWithTid.set(tid, Math.max(task, lastWithTid.get(tid) ?? task));
  }
  const toTasks = (tids: readonly (number | null)[]) =>
    tids.flatMap((tid) => (tid === null ? [] : (lastWithTid.get(tid) ?? [])));
  const cycle = new Set(toTasks(cycles.flatMap((one) => one.tasks)));
  const links = chains.flatMap((chain) => chain.links);
  const others = toTasks(links.flatMap(({ waiter, blocker }) => [waiter, blocker]));
  return { cycle, chain: new Set(others.filter((task) => !cycle.has(task))) };
}

/** How much each task waited, by the numbers of tasks. */
export class WaitCounts {
  #waits = new Uint32Array(0);
  #waitedNs = new Float64Array(0);

  add(task: number, ns: number): void {
    this.#waits = grown(this.#waits, task + 1);
    this.#waitedNs = grown(this.#waitedNs, task + 1);
    this.#waits[task]!++;
    this.#waitedNs[task]! += ns;
  }

  waits(task: number): number {
    return this.#waits[task] ?? 0;
  }

  waitedNs(task: number): number {
    return this.#waitedNs[task] ?? 0;
  }
}

/** The tasks in these columns and all that matter, in the order of their lanes. Negative numbers are no tasks. */
export function arrangeTasks(
  columns: readonly (readonly number[])[],
  { cycle, chain }: Interests,
  counts: WaitCounts,
): number[] {
  const others = new Set<number>();
  for (const column of columns) {
    for (const task of column) {
      if (task >= 0 && !cycle.has(task) && !chain.has(task)) {
        others.add(task);
      }
    }
  }
  const byTime = [...others].sort((a, b) => counts.waitedNs(b) - counts.waitedNs(a) || a - b);
  return [...cycle, ...chain, ...byTime];
}

export function toLane(task: number, tasks: Tasks, interests: Interests, counts: WaitCounts): TimelineLane {
  const { tid, name } = tasks.get(task)!;
  const interest = interests.cycle.has(task) ? 'cycle' : interests.chain.has(task) ? 'chain' : 'other';
  return { tid, name, interest, waits: counts.waits(task), waitedNs: counts.waitedNs(task) };
}
