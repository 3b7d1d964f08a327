import type { TaskTable } from '../../src/trace/index.ts';

/** A task for people: its name as long as it had this tid. */
export interface TaskName {
  readonly tid: number;
  readonly name: string;
}

/** Numbers tasks from 0. A tid that is given to another task gets another number. */
export class TaskSlots {
  readonly #slots = new Map<number, number>();
  readonly #tids: number[] = [];
  /** When the tid was given on; undefined: never. */
  readonly #endNs: (number | undefined)[] = [];

  get size(): number {
    return this.#tids.length;
  }

  of(tid: number): number {
    let slot = this.#slots.get(tid);
    if (slot === undefined) {
      slot = this.#tids.length;
      this.#tids.push(tid);
      this.#endNs.push(undefined);
      this.#slots.set(tid, slot);
    }
    return slot;
  }

  tidOf(slot: number): number {
    return this.#tids[slot]!;
  }

  /** The tid is another task's after `afterNs`. */
  startTask(tid: number, afterNs: number): void {
    const slot = this.#slots.get(tid);
    if (slot !== undefined) {
      this.#endNs[slot] = afterNs;
      this.#slots.delete(tid);
    }
  }

  /** Names of the given tasks: O(rows of the table). */
  names(slots: Iterable<number>, tasks: TaskTable): ReadonlyMap<number, TaskName> {
    const names = new Map<number, TaskName>();
    const reused = new Map<number, number[]>();
    for (const slot of slots) {
      const tid = this.#tids[slot]!;
      names.set(slot, { tid, name: this.#endNs[slot] === undefined ? tasks.name(tid) : String(tid) });
      if (this.#endNs[slot] !== undefined) {
        reused.set(tid, [...(reused.get(tid) ?? []), slot]);
      }
    }
    for (const { tid, comm, fromNs } of reused.size === 0 ? [] : tasks.rows()) {
      for (const slot of comm === undefined ? [] : (reused.get(tid) ?? [])) {
        if (fromNs < this.#endNs[slot]!) {
          names.set(slot, { tid, name: `${comm}:${tid}` });
        }
      }
    }
    return names;
  }
}
