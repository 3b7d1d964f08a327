import type { Hold } from './hold-tracker.ts';

/** How a wait is known to be over; only `ended` was seen. */
export type WaitEnd = 'ended' | 'superseded' | 'task-gone';

/** How a hold is known to be over: only `released` was seen, `displaced` is that another has the resource. */
export type HoldEnd = 'released' | 'displaced' | 'given-to-device';

/**
 * What a replay tells those who collect answers from it, in the order of the events. All times in ns since the capture's
 * start, stacks as indexes of the stack table or NONE.
 */
export interface ReplayObserver {
  /** @param row of the wait table; valid until waitEnded() has returned, another wait's afterwards */
  waitBegan?(row: number): void;
  /** A later record about an open wait: its holder, stack or mode may be another now. */
  waitRefined?(row: number): void;
  /** The row's endNs is set. */
  waitEnded?(row: number, how: WaitEnd): void;
  holdBegan?(hold: Hold): void;
  /** @param stack of the release, where it was seen */
  holdEnded?(hold: Hold, tsNs: number, stack: number, how: HoldEnd): void;
  /** The resource's release is up to a device from now on. */
  ioBegan?(resource: number, tsNs: number): void;
  ioEnded?(resource: number, tsNs: number): void;
  /** @param fn position in ALLOC_FUNCTIONS; `gfp` as the kernel's own bits, or NONE */
  allocBegan?(tid: number, fn: number, gfp: number, stack: number, tsNs: number): void;
  allocEnded?(tid: number, fn: number, tsNs: number): void;
  /** The tid is another task's from now on; its waits have ended, its holds are nobody's. */
  taskStarted?(tid: number, tsNs: number): void;
  /**
   * An event about the resource was played, and the state shows all that it changes. Comes last.
   *
   * @param type of the event, in EVENT_TYPES
   */
  resourceSettled?(resource: number, tsNs: number, type: number): void;
}

type Method = keyof ReplayObserver;
type Having<M extends Method> = ReplayObserver & Required<Pick<ReplayObserver, M>>;

/** Several observers as one. Who does not ask for something costs nothing when it happens. */
export class Observers implements Required<ReplayObserver> {
  readonly #waitBegan: Having<'waitBegan'>[] = [];
  readonly #waitRefined: Having<'waitRefined'>[] = [];
  readonly #waitEnded: Having<'waitEnded'>[] = [];
  readonly #holdBegan: Having<'holdBegan'>[] = [];
  readonly #holdEnded: Having<'holdEnded'>[] = [];
  readonly #ioBegan: Having<'ioBegan'>[] = [];
  readonly #ioEnded: Having<'ioEnded'>[] = [];
  readonly #allocBegan: Having<'allocBegan'>[] = [];
  readonly #allocEnded: Having<'allocEnded'>[] = [];
  readonly #taskStarted: Having<'taskStarted'>[] = [];
  readonly #resourceSettled: Having<'resourceSettled'>[] = [];

  add(observer: ReplayObserver): void {
    addIfAsked(this.#waitBegan, 'waitBegan', observer);
    addIfAsked(this.#waitRefined, 'waitRefined', observer);
    addIfAsked(this.#waitEnded, 'waitEnded', observer);
    addIfAsked(this.#holdBegan, 'holdBegan', observer);
    addIfAsked(this.#holdEnded, 'holdEnded', observer);
    addIfAsked(this.#ioBegan, 'ioBegan', observer);
    addIfAsked(this.#ioEnded, 'ioEnded', observer);
    addIfAsked(this.#allocBegan, 'allocBegan', observer);
    addIfAsked(this.#allocEnded, 'allocEnded', observer);
    addIfAsked(this.#taskStarted, 'taskStarted', observer);
    addIfAsked(this.#resourceSettled, 'resourceSettled', observer);
  }

  waitBegan(row: number): void {
    for (const one of this.#waitBegan) {
      one.waitBegan(row);
    }
  }

  waitRefined(row: number): void {
    for (const one of this.#waitRefined) {
      one.waitRefined(row);
    }
  }

  waitEnded(row: number, how: WaitEnd): void {
    for (const one of this.#waitEnded) {
      one.waitEnded(row, how);
    }
  }

  holdBegan(hold: Hold): void {
    for (const one of this.#holdBegan) {
      one.holdBegan(hold);
    }
  }

  holdEnded(hold: Hold, tsNs: number, stack: number, how: HoldEnd): void {
    for (const one of this.#holdEnded) {
      one.holdEnded(hold, tsNs, stack, how);
    }
  }

  ioBegan(resource: number, tsNs: number): void {
    for (const one of this.#ioBegan) {
      one.ioBegan(resource, tsNs);
    }
  }

  ioEnded(resource: number, tsNs: number): void {
    for (const one of this.#ioEnded) {
      one.ioEnded(resource, tsNs);
    }
  }

  allocBegan(tid: number, fn: number, gfp: number, stack: number, tsNs: number): void {
    for (const one of this.#allocBegan) {
      one.allocBegan(tid, fn, gfp, stack, tsNs);
    }
  }

  allocEnded(tid: number, fn: number, tsNs: number): void {
    for (const one of this.#allocEnded) {
      one.allocEnded(tid, fn, tsNs);
    }
  }

  taskStarted(tid: number, tsNs: number): void {
    for (const one of this.#taskStarted) {
      one.taskStarted(tid, tsNs);
    }
  }

  resourceSettled(resource: number, tsNs: number, type: number): void {
    for (const one of this.#resourceSettled) {
      one.resourceSettled(resource, tsNs, type);
    }
  }
}

function addIfAsked<M extends Method>(to: Having<M>[], method: M, observer: ReplayObserver): void {
  if (observer[method] !== undefined) {
    to.push(observer as Having<M>);
  }
}
