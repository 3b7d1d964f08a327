import { NONE, type TraceTables } from '../../src/trace/index.ts';
import type { ReplayObserver, WaitEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { CallPaths } from './call-paths.ts';
import { grown } from './columns.ts';
import { Histogram } from './histogram.ts';
import type { TaskSlots } from './task-slots.ts';
import type { TimeWindow } from './time-window.ts';

/** Sums by position: how many waits, and for how long. */
export class TimeSums {
  waits = new Uint32Array(0);
  waitedNs = new Float64Array(0);

  add(i: number, ns: number): void {
    if (i >= this.waits.length) {
      this.waits = grown(this.waits, i + 1);
      this.waitedNs = grown(this.waitedNs, i + 1);
    }
    this.waits[i]!++;
    this.waitedNs[i]! += ns;
  }

  copy(): TimeSums {
    const copy = new TimeSums();
    copy.waits = this.waits.slice();
    copy.waitedNs = this.waitedNs.slice();
    return copy;
  }
}

/** Waits, time and where it went, up to some moment. */
export interface Totals {
  readonly byTask: TimeSums;
  readonly byResource: TimeSums;
  readonly byKind: TimeSums;
  readonly byPath: TimeSums;
  /** All at OPEN, ENDED and END_MISSED. */
  readonly byState: TimeSums;
}

export const OPEN = 0;
export const ENDED = 1;
export const END_MISSED = 2;

/**
 * Sums of waits as they end. A wait's time is its part of the window, without the waits inside it; its latency is its whole
 * length, where its end was seen in the window.
 */
export class WaitTotals implements ReplayObserver {
  readonly kinds: KindNumbers;
  readonly #state: ReplayState;
  readonly #slots: TaskSlots;
  readonly #paths: CallPaths;
  readonly #window: TimeWindow;
  readonly #counts: (row: number) => boolean;
  readonly #totals: Totals = newTotals();
  /** There are so many paths that their buckets are never in the processor's cache. */
  readonly #withPathLatencies: boolean;
  readonly #kindLatencies: (Histogram | undefined)[] = [];
  readonly #pathLatencies: (Histogram | undefined)[] = [];
  /** By row: time of the waits inside it. */
  #insideNs = new Float64Array(0);

  constructor(
    state: ReplayState,
    slots: TaskSlots,
    paths: CallPaths,
    window: TimeWindow,
    counts: (row: number) => boolean,
    withPathLatencies: boolean,
  ) {
    this.#withPathLatencies = withPathLatencies;
    this.#state = state;
    this.#slots = slots;
    this.#paths = paths;
    this.#window = window;
    this.#counts = counts;
    this.kinds = new KindNumbers(state.tables);
  }

  waitBegan(row: number): void {
    if (row >= this.#insideNs.length) {
      this.#insideNs = grown(this.#insideNs, row + 1);
    }
    this.#insideNs[row] = 0;
  }

  waitEnded(row: number, how: WaitEnd): void {
    const { beginNs, endNs, outer } = this.#state.waits.table;
    const fromNs = beginNs[row]!;
    const toNs = endNs[row]!;
    const ns = this.#window.lengthNs(fromNs, toNs);
    if (outer[row] !== NONE) {
      this.#insideNs[outer[row]!]! += ns;
    }
    if (!this.#window.meets(fromNs, toNs) || !this.#counts(row)) {
      return;
    }
    this.#add(this.#totals, row, ns - this.#insideNs[row]!, how === 'ended' ? ENDED : END_MISSED);
    if (how === 'ended' && this.#window.has(toNs)) {
      this.#addLatency(row, toNs - fromNs);
    }
  }

  /** With the waits that are open now, up to `nowNs`; changes nothing. */
  totals(nowNs: number): Totals {
    const { waits } = this.#state;
    const { beginNs, outer } = waits.table;
    const totals = copyTotals(this.#totals);
    const insideNs = this.#insideNs.slice();
    // Each task's own come from the outermost.
    for (const row of waits.openRows().reverse()) {
      const ns = this.#window.lengthNs(beginNs[row]!, nowNs);
      if (outer[row] !== NONE) {
        insideNs[outer[row]!]! += ns;
      }
      if (this.#window.meets(beginNs[row]!, nowNs) && this.#counts(row)) {
        this.#add(totals, row, ns - insideNs[row]!, OPEN);
      }
    }
    return totals;
  }

  kindLatency(kind: number): Histogram | undefined {
    return this.#kindLatencies[kind];
  }

  pathLatency(path: number): Histogram | undefined {
    return this.#pathLatencies[path];
  }

  #add(to: Totals, row: number, ns: number, state: number): void {
    const { tid, resource, stack } = this.#state.waits.table;
    to.byTask.add(this.#slots.of(tid[row]!), ns);
    to.byResource.add(resource[row]!, ns);
    to.byKind.add(this.kinds.of(resource[row]!), ns);
    to.byPath.add(this.#paths.of(stack[row]!), ns);
    to.byState.add(state, ns);
  }

  #addLatency(row: number, ns: number): void {
    const { resource, stack } = this.#state.waits.table;
    histogramAt(this.#kindLatencies, this.kinds.of(resource[row]!)).add(ns);
    if (this.#withPathLatencies) {
      histogramAt(this.#pathLatencies, this.#paths.of(stack[row]!)).add(ns);
    }
  }
}

/** Numbers of kinds by resource, without looking at text again. */
export class KindNumbers {
  readonly #resources: TraceTables['resources'];
  /** By resource, one more than its kind's number; 0: not looked at yet. */
  #kindOf = new Int32Array(0);

  constructor({ resources }: TraceTables) {
    this.#resources = resources;
  }

  of(resource: number): number {
    if (resource >= this.#kindOf.length) {
      this.#kindOf = grown(this.#kindOf, resource + 1);
    }
    if (this.#kindOf[resource] === 0) {
      this.#kindOf[resource] = this.#resources.kinds.intern(this.#resources.kind(resource)) + 1;
    }
    return this.#kindOf[resource]! - 1;
  }

  get(kind: number): string {
    return this.#resources.kinds.get(kind);
  }
}

function histogramAt(histograms: (Histogram | undefined)[], i: number): Histogram {
  while (histograms.length <= i) {
    histograms.push(undefined);
  }
  histograms[i] ??= new Histogram();
  return histograms[i];
}

function newTotals(): Totals {
  return {
    byTask: new TimeSums(),
    byResource: new TimeSums(),
    byKind: new TimeSums(),
    byPath: new TimeSums(),
    byState: new TimeSums(),
  };
}

function copyTotals(totals: Totals): Totals {
  return {
    byTask: totals.byTask.copy(),
    byResource: totals.byResource.copy(),
    byKind: totals.byKind.copy(),
    byPath: totals.byPath.copy(),
    byState: totals.byState.copy(),
  };
}
