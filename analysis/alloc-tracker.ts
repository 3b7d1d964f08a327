import type { EventColumns } from '../src/trace/index.ts';

/** An allocation that a task has entered and not left. */
export interface OpenAllocation {
  /** Position in ALLOC_FUNCTIONS. */
  readonly fn: number;
  readonly sinceNs: number;
}

/** Rebuilds which allocations tasks are inside. They nest, but none inside itself: a second begin means a missed end. */
export class AllocTracker {
  readonly #openByTid = new Map<number, OpenAllocation[]>();

  begin(events: EventColumns, i: number): void {
    const tid = events.tid[i]!;
    const fn = events.fn[i]!;
    this.end(tid, fn);
    const open = this.#openByTid.get(tid);
    const entered = { fn, sinceNs: events.tsNs[i]! };
    if (open === undefined) {
      this.#openByTid.set(tid, [entered]);
    } else {
      open.push(entered);
    }
  }

  /** Leaves the allocation and any inside it. */
  end(tid: number, fn: number): void {
    const open = this.#openByTid.get(tid);
    const position = open?.findIndex((entered) => entered.fn === fn) ?? -1;
    if (open !== undefined && position >= 0) {
      open.length = position;
    }
  }

  dropTask(tid: number): void {
    this.#openByTid.delete(tid);
  }

  /** The innermost open allocation of a task. */
  openOf(tid: number): OpenAllocation | undefined {
    return this.#openByTid.get(tid)?.at(-1);
  }
}
