import { NONE } from '../../src/trace/index.ts';
import type { Hold } from '../replay/hold-tracker.ts';
import type { HoldEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { Selects } from './selection.ts';
import type { TaskSlots } from './task-slots.ts';
import type { TimeWindow } from './time-window.ts';
import { TopList } from './top-list.ts';

export interface LoggedHold {
  readonly slot: number;
  readonly hold: Hold;
  readonly heldNs: number;
  readonly end: HoldEnd | 'open';
  /** Of the release, or NONE. */
  readonly stack: number;
}

/** Keeps the longest holds that reach into the window, each with its whole length; none of tasks that died holding. */
export class LongHolds {
  readonly #state: ReplayState;
  readonly #slots: TaskSlots;
  readonly #window: TimeWindow;
  readonly #selects: Selects | undefined;
  readonly #top: TopList<LoggedHold>;

  constructor(
    state: ReplayState,
    slots: TaskSlots,
    window: TimeWindow,
    selects: Selects | undefined,
    limit: number,
  ) {
    this.#state = state;
    this.#slots = slots;
    this.#window = window;
    this.#selects = selects;
    this.#top = new TopList(limit);
  }

  holdEnded(hold: Hold, tsNs: number, stack: number, how: HoldEnd): void {
    this.#offer(this.#top, hold, tsNs, stack, how);
  }

  /** With those that go on at the end; changes nothing. */
  holds(nowNs: number): TopList<LoggedHold> {
    const top = this.#top.copy();
    for (const hold of this.#state.holds.all()) {
      this.#offer(top, hold, nowNs, NONE, 'open');
    }
    return top;
  }

  #offer(to: TopList<LoggedHold>, hold: Hold, tsNs: number, stack: number, end: LoggedHold['end']): void {
    const { tid, resource, sinceNs } = hold;
    const counts = this.#window.meets(sinceNs, tsNs) && this.#state.lives.isSame(tid, hold.at);
    if (!counts || this.#selects?.(tid, resource) === false) {
      return;
    }
    const heldNs = Math.max(0, tsNs - sinceNs);
    if (to.accepts(heldNs)) {
      to.offer(heldNs, { slot: this.#slots.of(tid), hold, heldNs, end, stack });
    } else {
      to.skip();
    }
  }
}
