import type { Replay, ReplayState } from '../replay/replay.ts';
import { CallPaths } from './call-paths.ts';
import { collectWaitTimes } from './collect-wait-times.ts';
import { grown } from './columns.ts';
import { DetailObserver } from './detail-observer.ts';
import type { WaitTimes } from './result.ts';
import { createSelector, isEverything, type Selects, type WaitSelection } from './selection.ts';
import { TaskSlots } from './task-slots.ts';
import { TimeWindow } from './time-window.ts';
import { WaitTotals } from './wait-totals.ts';

/** Which waits are counted, of which time, and in which detail. */
export interface WaitTimesOptions {
  /** The window, ns since the capture's start; default: all of it. */
  readonly sinceNs?: number | undefined;
  readonly untilNs?: number | undefined;
  readonly selection?: WaitSelection;
  /** Rows of each list; default 5, 0 = all. */
  readonly top?: number;
  /** Also whom waits were for: root blockers, chains, convoys, holds, the longest waits. Default: only sums and latencies. */
  readonly detail?: boolean;
}

export const DEFAULT_TOP = 5;

/** Observes a replay from its first event on, and says at any time where the time went. */
export class WaitTimesCollector {
  readonly #state: ReplayState;
  readonly #options: WaitTimesOptions;
  readonly #window: TimeWindow;
  readonly #slots = new TaskSlots();
  readonly #paths: CallPaths;
  readonly #totals: WaitTotals;
  readonly #detail: DetailObserver | undefined;
  readonly #selects: Selects | undefined;
  /** By row, where not every wait counts. */
  #selected = new Uint8Array(0);

  constructor(replay: Replay, options: WaitTimesOptions) {
    const { state } = replay;
    const { sinceNs, untilNs, selection = {}, top = DEFAULT_TOP, detail = false } = options;
    this.#state = state;
    this.#options = options;
    this.#window = new TimeWindow(sinceNs, untilNs);
    this.#paths = new CallPaths(state.tables.stacks);
    this.#selects = isEverything(selection) ? undefined : createSelector(selection, state.tables);
    const counts = this.#selects === undefined ? () => true : (row: number) => this.#selected[row] === 1;
    this.#totals = new WaitTotals(state, this.#slots, this.#paths, this.#window, counts, detail);
    if (this.#selects !== undefined) {
      replay.observe({ waitBegan: (row) => this.#select(row) });
    }
    replay.observe(this.#totals);
    this.#detail = detail ? this.#createDetail(counts, top) : undefined;
    if (this.#detail !== undefined) {
      replay.observe(this.#detail);
    }
    // Last, since until then the tid means the task before.
    replay.observe({ taskStarted: (tid, tsNs) => this.#slots.startTask(tid, tsNs) });
  }

  /** @param endNs no earlier than the last event played */
  result(endNs: number): WaitTimes {
    const nowNs = Math.max(this.#window.sinceNs, Math.min(endNs, this.#window.untilNs));
    const collect = () => this.#collect(nowNs, endNs);
    return this.#detail === undefined ? collect() : this.#detail.blame.forest.asOf(nowNs, collect);
  }

  #collect(nowNs: number, endNs: number): WaitTimes {
    return collectWaitTimes({
      state: this.#state,
      slots: this.#slots,
      paths: this.#paths,
      totals: this.#totals,
      detail: this.#detail,
      sinceNs: this.#window.sinceNs,
      nowNs,
      endNs,
      selection: this.#selects === undefined ? undefined : this.#options.selection,
      top: this.#options.top ?? DEFAULT_TOP,
    });
  }

  #createDetail(counts: (row: number) => boolean, top: number): DetailObserver {
    return new DetailObserver({
      state: this.#state,
      slots: this.#slots,
      paths: this.#paths,
      kinds: this.#totals.kinds,
      window: this.#window,
      counts,
      selects: this.#selects,
      top,
    });
  }

  #select(row: number): void {
    const { tid, resource } = this.#state.waits.table;
    this.#selected = grown(this.#selected, row + 1);
    this.#selected[row] = this.#selects!(tid[row]!, resource[row]!) ? 1 : 0;
  }
}
