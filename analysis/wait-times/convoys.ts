import { NONE } from '../../src/trace/index.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { Blame } from './blame.ts';
import type { TimeWindow } from './time-window.ts';
import { TopList } from './top-list.ts';

/** Waiters at once that make a convoy. */
export const LEAST_WAITERS = 4;

/** A stretch of time in which a resource always had a waiter. Times in the window. */
export interface LoggedConvoy {
  readonly resource: number;
  readonly fromNs: number;
  toNs: number;
  isOpen: boolean;
  waits: number;
  waitedNs: number;
  waiting: number;
  peakWaiters: number;
  peakNs: number;
  /** Slot of whom they waited for at the peak, or NONE. */
  holder: number;
  handovers: number;
}

/** Finds convoys: who queues at one resource at once. */
export class Convoys {
  readonly #state: ReplayState;
  readonly #blame: Blame;
  readonly #window: TimeWindow;
  readonly #counts: (row: number) => boolean;
  readonly #open = new Map<number, LoggedConvoy>();
  readonly #top: TopList<LoggedConvoy>;
  /** Has got more waiters than ever, of whom the Blame knows only later whom they are for. */
  #grown: LoggedConvoy | undefined;
  #grownTid = 0;

  constructor(
    state: ReplayState,
    blame: Blame,
    window: TimeWindow,
    counts: (row: number) => boolean,
    limit: number,
  ) {
    this.#state = state;
    this.#blame = blame;
    this.#window = window;
    this.#counts = counts;
    this.#top = new TopList(limit);
  }

  waitBegan(row: number): void {
    if (!this.#counts(row)) {
      return;
    }
    const { resource, beginNs, tid } = this.#state.waits.table;
    const nowNs = this.#window.clamp(beginNs[row]!);
    const convoy = this.#open.get(resource[row]!) ?? this.#start(resource[row]!, nowNs);
    advance(convoy, nowNs);
    convoy.waits++;
    if (++convoy.waiting > convoy.peakWaiters) {
      convoy.peakWaiters = convoy.waiting;
      convoy.peakNs = nowNs;
      this.#grown = convoy;
      this.#grownTid = tid[row]!;
    }
  }

  waitEnded(row: number): void {
    const { resource, endNs } = this.#state.waits.table;
    const convoy = this.#counts(row) ? this.#open.get(resource[row]!) : undefined;
    if (convoy !== undefined) {
      advance(convoy, this.#window.clamp(endNs[row]!));
      if (--convoy.waiting === 0) {
        this.#open.delete(convoy.resource);
        offer(this.#top, convoy);
      }
    }
  }

  holdBegan(resource: number): void {
    const convoy = this.#open.get(resource);
    if (convoy !== undefined) {
      convoy.handovers++;
    }
  }

  /** After the Blame has settled. */
  settled(): void {
    if (this.#grown !== undefined) {
      this.#grown.holder = this.#blame.blockerOf(this.#grownTid);
      this.#grown = undefined;
    }
  }

  /** With those that go on at the end; changes nothing. */
  convoys(nowNs: number): TopList<LoggedConvoy> {
    const top = this.#top.copy();
    for (const open of this.#open.values()) {
      const convoy = { ...open, isOpen: true };
      advance(convoy, this.#window.clamp(nowNs));
      offer(top, convoy);
    }
    return top;
  }

  #start(resource: number, nowNs: number): LoggedConvoy {
    const convoy = {
      resource,
      fromNs: nowNs,
      toNs: nowNs,
      isOpen: false,
      waits: 0,
      waitedNs: 0,
      waiting: 0,
      peakWaiters: 0,
      peakNs: nowNs,
      holder: NONE,
      handovers: 0,
    };
    this.#open.set(resource, convoy);
    return convoy;
  }
}

function advance(convoy: LoggedConvoy, nowNs: number): void {
  convoy.waitedNs += convoy.waiting * Math.max(0, nowNs - convoy.toNs);
  convoy.toNs = Math.max(convoy.toNs, nowNs);
}

function offer(to: TopList<LoggedConvoy>, convoy: LoggedConvoy): void {
  if (convoy.peakWaiters >= LEAST_WAITERS && convoy.waitedNs > 0) {
    to.offer(convoy.waitedNs, convoy);
  }
}
