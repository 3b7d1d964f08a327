import { NONE } from '../../src/trace/index.ts';
import type { Hold } from '../replay/hold-tracker.ts';

/** What one task has open: holds in the order in which they were taken, each with its class. */
export interface TaskHolds {
  readonly holds: Hold[];
  /** Of each hold its class, above bits of HoldMark. */
  readonly marks: number[];
  reclaims: number;
  allocations: number;
  /** What it waited for last: taking that is the same sighting. */
  waitedFor: number;
}

export const HoldMark = {
  /** The orders of what was held before were told when it was taken, so that they need not be told again. */
  ordered: 1,
  /** Orders that were seen under it are not proven yet. */
  unproven: 2,
  classShift: 2,
} as const;

/** Held at once by one task; beyond that the oldest are left aside. */
export const MAX_HELD = 4096;
/** The kernel's own limit of tids; others are of logs that number no tasks. */
const MAX_TID = 2 ** 22;

/** Tasks by tid. An array while tids are the kernel's: it is asked at each event. */
export class TaskTable {
  readonly #tasks: TaskHolds[] = [];
  readonly #others = new Map<number, TaskHolds>();
  /** Position in #tasks plus one, or 0. */
  #slotOf = new Int32Array(1024);

  get(tid: number): TaskHolds | undefined {
    if (tid >= 0 && tid < MAX_TID) {
      const slot = tid < this.#slotOf.length ? this.#slotOf[tid]! : 0;
      return slot === 0 ? undefined : this.#tasks[slot - 1];
    }
    return this.#others.get(tid);
  }

  of(tid: number): TaskHolds {
    return this.get(tid) ?? this.#add(tid);
  }

  #add(tid: number): TaskHolds {
    const task = { holds: [], marks: [], reclaims: 0, allocations: 0, waitedFor: NONE };
    if (tid < 0 || tid >= MAX_TID) {
      this.#others.set(tid, task);
      return task;
    }
    if (tid >= this.#slotOf.length) {
      const larger = new Int32Array(Math.max(tid + 1, this.#slotOf.length * 2));
      larger.set(this.#slotOf);
      this.#slotOf = larger;
    }
    this.#tasks.push(task);
    this.#slotOf[tid] = this.#tasks.length;
    return task;
  }
}

/** The mark of the hold that was removed, or NONE. */
export function removeHold({ holds, marks }: TaskHolds, hold: Hold): number {
  const last = holds.length - 1;
  if (holds[last] === hold) {
    holds.pop();
    return marks.pop()!;
  }
  const position = holds.lastIndexOf(hold);
  if (position < 0) {
    return NONE;
  }
  const mark = marks[position]!;
  // Few come after it: splice() would cost several times as much.
  for (let i = position; i < last; i++) {
    holds[i] = holds[i + 1]!;
    marks[i] = marks[i + 1]!;
  }
  holds.pop();
  marks.pop();
  return mark;
}
