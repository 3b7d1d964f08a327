import { type EventColumns, sliceColumns, type TraceRest, type TraceTables } from '../src/trace/index.ts';
import { collectAnalysis } from './collect-analysis.ts';
import { LookAhead } from './look-ahead.ts';
import type { IgnoredOrder } from './order-graph/ignored-orders.ts';
import { OrderCollector } from './order-graph/order-collector.ts';
import type { ReplayObserver } from './replay/observer.ts';
import { Replay, type ReplayState } from './replay/replay.ts';
import type { Analysis } from './result.ts';
import type { Signature } from './signature.ts';
import { SIGNATURES } from './signatures/index.ts';
import { WaitTimesCollector, type WaitTimesOptions } from './wait-times/wait-times-collector.ts';

/** What an analysis is asked for; all of it may be left out. */
export interface AnalyzeOptions {
  /**
   * An open wait at least this long, without a cycle, makes the verdict `hang`; ns. Default: 10 s, or less where the
   * kernel itself called a task hung after less.
   */
  readonly hangThresholdNs?: number;
  /** Chains to describe, those with the longest waits first; default 50, 0 = all. */
  readonly maxChains?: number;
  /** True: every open wait is told in `edges`, also those that are in no chain described. */
  readonly allEdges?: boolean;
  /** Documented deadlocks to compare cycles with; default: the bundled ones. */
  readonly signatures?: readonly Signature[];
  /** False: the orders in which locks are taken are not looked at, which is cheaper. */
  readonly orders?: boolean;
  /** Orders of locks that are known to be no danger. */
  readonly ignoredOrders?: readonly IgnoredOrder[];
  /** Where the time went; false: not looked at. Default: sums and latencies of the whole capture. */
  readonly waitTimes?: WaitTimesOptions | false;
  /** Answer as of this moment, ns since the capture's start; default: its end. What comes later only corrects what is told of it. */
  readonly atNs?: number;
}

/** How long an open wait makes a hang, ns, unless AnalyzeOptions or the kernel's log say otherwise. */
export const DEFAULT_HANG_THRESHOLD_NS = 10e9;
/** Chains that are described, unless AnalyzeOptions say otherwise. */
export const DEFAULT_MAX_CHAINS = 50;

/**
 * The analysis of a capture of any length, also of one that still goes on. Events are played in the order of time, or as
 * they arrive where the capture is live. Memory grows with what is open, with results, and with the tables.
 */
export class AnalysisEngine {
  readonly #replay: Replay;
  readonly #options: AnalyzeOptions;
  readonly #orders: OrderCollector | undefined;
  readonly #times: WaitTimesCollector | undefined;
  /** Once the moment that was asked for is over. */
  #lookAhead: LookAhead | undefined;

  constructor(tables: TraceTables, options: AnalyzeOptions = {}) {
    this.#replay = new Replay(tables);
    this.#options = options;
    const { orders = true, waitTimes = {}, atNs } = options;
    if (orders) {
      this.#orders = new OrderCollector(this.#replay.state);
      this.#replay.observe(this.#orders);
    }
    this.#times =
      waitTimes === false
        ? undefined
        : new WaitTimesCollector(this.#replay, { ...waitTimes, untilNs: waitTimes.untilNs ?? atNs });
  }

  /** Events so far. */
  get played(): number {
    return this.#replay.played;
  }

  /** A tid turned out to be another task's after events of that time had been played: read again, with tables that know all. */
  get missedTaskStart(): boolean {
    return this.#replay.missedTaskStart;
  }

  /** What is open now. */
  get state(): ReplayState {
    return this.#replay.state;
  }

  /** Tells of what begins and ends in the events still to be played. */
  observe(observer: ReplayObserver): void {
    this.#replay.observe(observer);
  }

  play(events: EventColumns): void {
    const { atNs } = this.#options;
    if (atNs === undefined) {
      this.#replay.play(events);
      return;
    }
    const later = events.tsNs.findIndex((tsNs) => tsNs > atNs);
    this.#replay.play(later < 0 ? events : sliceColumns(events, 0, later));
    if (later >= 0) {
      this.#lookAhead ??= new LookAhead(this.#settledState(atNs));
      this.#lookAhead.look(sliceColumns(events, later, events.length));
    }
  }

  /** The answer at `rest.endNs`, no earlier than the last event played. More may be played afterwards. */
  result(rest: TraceRest): Analysis {
    const { atNs } = this.#options;
    const isCut = atNs !== undefined && atNs < rest.endNs;
    this.#settledState(isCut ? atNs : undefined);
    const { hungTaskNs = DEFAULT_HANG_THRESHOLD_NS } = rest.info;
    const { hangThresholdNs, maxChains = DEFAULT_MAX_CHAINS } = this.#options;
    const { signatures = SIGNATURES, ignoredOrders = [], waitTimes, allEdges = false } = this.#options;
    return collectAnalysis(this.#replay.state, isCut ? { ...rest, endNs: atNs } : rest, {
      hangThresholdNs: hangThresholdNs ?? Math.min(DEFAULT_HANG_THRESHOLD_NS, hungTaskNs),
      maxChains,
      allEdges,
      signatures,
      events: this.#replay.played,
      orders: this.#orders,
      ignoredOrders,
      times: this.#times,
      selection: (waitTimes !== false && waitTimes?.selection) || {},
      isCut,
    });
  }

  #settledState(untilNs: number | undefined): ReplayState {
    this.#replay.settle(untilNs);
    return this.#replay.state;
  }
}
