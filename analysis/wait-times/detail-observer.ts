import { EventCode } from '../../src/trace/index.ts';
import type { Hold } from '../replay/hold-tracker.ts';
import type { HoldEnd, ReplayObserver, WaitEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import { Blame } from './blame.ts';
import type { CallPaths } from './call-paths.ts';
import { ChainLog } from './chain-log.ts';
import { Convoys } from './convoys.ts';
import { LongHolds } from './long-holds.ts';
import type { Selects } from './selection.ts';
import type { TaskSlots } from './task-slots.ts';
import type { TimeWindow } from './time-window.ts';
import type { KindNumbers } from './wait-totals.ts';

export interface DetailContext {
  readonly state: ReplayState;
  readonly slots: TaskSlots;
  readonly paths: CallPaths;
  readonly kinds: KindNumbers;
  readonly window: TimeWindow;
  /** Whether the wait in this row counts. */
  readonly counts: (row: number) => boolean;
  readonly selects: Selects | undefined;
  /** Rows kept of each list, 0 = all. */
  readonly top: number;
}

/** Whom waits were for at every moment: tells blame, chains, convoys and holds what a replay shows, each at its time. */
export class DetailObserver implements ReplayObserver {
  readonly blame: Blame;
  readonly chains: ChainLog;
  readonly convoys: Convoys;
  readonly holds: LongHolds;
  readonly #state: ReplayState;
  readonly #window: TimeWindow;

  constructor({ state, slots, paths, kinds, window, counts, selects, top }: DetailContext) {
    this.#state = state;
    this.#window = window;
    this.blame = new Blame(state, slots, { counts, onMoved: (node) => this.chains.nodeMoved(node) });
    this.chains = new ChainLog(state, this.blame, paths, kinds, window, top);
    this.convoys = new Convoys(state, this.blame, window, counts, top);
    this.holds = new LongHolds(state, slots, window, selects, top);
    this.#setNow(0);
  }

  waitBegan(row: number): void {
    this.blame.waitBegan(row);
    this.convoys.waitBegan(row);
  }

  waitRefined(row: number): void {
    this.blame.waitRefined(row);
  }

  waitEnded(row: number, how: WaitEnd): void {
    this.#setNow(this.#state.waits.table.endNs[row]!);
    this.chains.waitEnded(row, how);
    this.blame.waitEnded(row, how);
    this.convoys.waitEnded(row);
  }

  holdBegan({ resource }: Hold): void {
    this.convoys.holdBegan(resource);
  }

  holdEnded(hold: Hold, tsNs: number, stack: number, how: HoldEnd): void {
    this.holds.holdEnded(hold, tsNs, stack, how);
  }

  taskStarted(tid: number, tsNs: number): void {
    this.#setNow(tsNs);
    this.blame.taskStarted(tid);
    this.#settled();
  }

  resourceSettled(resource: number, tsNs: number, type: number): void {
    this.#setNow(tsNs);
    if (type === EventCode.waitBegin || type === EventCode.waitEnd) {
      this.blame.settle();
    } else {
      this.blame.resourceChanged(resource);
    }
    this.#settled();
  }

  #setNow(tsNs: number): void {
    this.blame.forest.setNow(this.#window.clamp(tsNs));
  }

  #settled(): void {
    this.convoys.settled();
    this.chains.settle();
  }
}
