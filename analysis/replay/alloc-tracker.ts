import type { EventColumns } from '../../src/trace/index.ts';
import type { Observers } from './observer.ts';

/** An allocation that a task has entered and not left. */
export interface OpenAllocation {
  /** Position in ALLOC_FUNCTIONS. */
  readonly fn: number;
  readonly sinceNs: number;
  /** As the kernel's own bits, or NONE. */
  readonly gfp: number;
  /** Index into the stack table, or NONE. */
  readonly stack: number;
}

/** Rebuilds which allocations tasks are inside. They nest, but none inside itself: a second begin means a missed end. */
export class AllocTracker {
  readonly #openByTid = new Map<number, OpenAllocation[]>();
  readonly #observers: Observers;

  constructor(observers: Observers) {
    this.#observers = observers;
  }

  begin(events: EventColumns, i: number): void {
    const tid = events.tid[i]!;
    const fn = events.fn[i]!;
    this.end(tid, fn, events.tsNs[i]!);
    const open = this.#openByTid.get(tid);
    const entered = { fn, sinceNs: events.tsNs[i]!, gfp: events.gfp[i]!, stack: events.stack[i]! };
    if (open === undefined) {
      this.#openByTid.set(tid, [entered]);
    } else {
      open.push(entered);
    }
    this.#observers.allocBegan(tid, fn, events.gfp[i]!, events.stack[i]!, events.tsNs[i]!);
  }

  /** Leaves the allocation and any inside it. */
  end(tid: number, fn: number, tsNs: number): void {
    const open = this.#openByTid.get(tid);
    const position = open?.findIndex((entered) => entered.fn === fn) ?? -1;
    if (open === undefined || position < 0) {
      return;
    }
    for (const left of open.splice(position).reverse()) {
      this.#observers.allocEnded(tid, left.fn, tsNs);
    }
    if (open.length === 0) {
      this.#openByTid.delete(tid);
    }
  }

  dropTask(tid: number): void {
    this.#openByTid.delete(tid);
  }

  /** Every task that is inside an allocation, with its allocations from the outermost. */
  all(): Iterable<readonly [tid: number, open: readonly OpenAllocation[]]> {
    return this.#openByTid;
  }

  /** The innermost open allocation of a task. */
  openOf(tid: number): OpenAllocation | undefined {
    return this.#openByTid.get(tid)?.at(-1);
  }
}
