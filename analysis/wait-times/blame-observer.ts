import { EventCode } from '../../src/trace/index.ts';
import type { ReplayObserver, WaitEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { Blame } from './blame.ts';
import type { TaskSlots } from './task-slots.ts';

/** Tells a Blame what a replay shows, each thing at its time. */
export class BlameObserver implements ReplayObserver {
  readonly #state: ReplayState;
  readonly #blame: Blame;
  readonly #slots: TaskSlots;
  readonly #clamp: (ns: number) => number;

  /** @param clamp moves a time into the window that counts */
  constructor(state: ReplayState, blame: Blame, slots: TaskSlots, clamp: (ns: number) => number) {
    this.#state = state;
    this.#blame = blame;
    this.#slots = slots;
    this.#clamp = clamp;
    blame.forest.setNow(clamp(0));
  }

  waitBegan(row: number): void {
    this.#blame.waitBegan(row);
  }

  waitRefined(row: number): void {
    this.#blame.waitRefined(row);
  }

  waitEnded(row: number, how: WaitEnd): void {
    this.#setNow(this.#state.waits.table.endNs[row]!);
    this.#blame.waitEnded(row, how);
  }

  taskStarted(tid: number, tsNs: number): void {
    this.#setNow(tsNs);
    this.#blame.taskStarted(tid);
    this.#slots.startTask(tid, tsNs);
  }

  resourceSettled(resource: number, tsNs: number, type: number): void {
    this.#setNow(tsNs);
    if (type === EventCode.waitBegin || type === EventCode.waitEnd) {
      this.#blame.settle();
    } else {
      this.#blame.resourceChanged(resource);
    }
  }

  #setNow(tsNs: number): void {
    this.#blame.forest.setNow(this.#clamp(tsNs));
  }
}
