import {
  type EventColumns,
  EventOrder,
  HoldwaitError,
  type OnSourceProgress,
  type TraceRest,
  type TraceSource,
  type TraceTables,
} from '../src/trace/index.ts';
import { AnalysisEngine, type AnalyzeOptions } from './analysis-engine.ts';
import type { Analysis } from './result.ts';

export type { OnSourceProgress, SourceProgress } from '../src/trace/index.ts';

/** For who looks on while a capture is analysed. */
export interface SourceHooks {
  /**
   * Called with the engine of each pass before its first event: where observers are added. Only what the last engine has
   * told counts.
   */
  readonly onEngine?: (engine: AnalysisEngine) => void;
  /** Called at the end of each pass with what the capture tells there. */
  readonly onRest?: (rest: TraceRest) => void;
  /** Events that are kept back for one that belongs between them; see EventOrder. */
  readonly windowEvents?: number;
}

/**
 * Analyses a capture of any length in memory that grows with what is open, with results and with distinct names. The
 * answer is that of analyzeTrace(). A capture with an event, or another task's begin, that arrives later than the window is
 * long is read twice.
 *
 * @throws HoldwaitError (input) what reading throws; CAPTURE_CHANGED if the second reading differs from the first
 */
export async function analyzeSource(
  source: TraceSource,
  options: AnalyzeOptions = {},
  onProgress: OnSourceProgress = () => {},
  hooks: SourceHooks = {},
): Promise<Analysis> {
  const analyzer = new SourceAnalyzer(source, options, onProgress, hooks);
  const first = await analyzer.play(1);
  if (first.engine !== undefined && !first.engine.missedTaskStart) {
    return first.engine.result(first.rest);
  }
  const late = first.order.takeLate();
  const second = await analyzer.play(2, late, first.tables);
  if (second.order.lateEvents !== late.length) {
    throw new HoldwaitError('input', 'CAPTURE_CHANGED', 'the capture was changed while it was read', {
      hint: 'Analyse a copy of it.',
    });
  }
  return second.engine!.result(second.rest);
}

interface Pass {
  readonly order: EventOrder;
  /** undefined = it has not played all events in order: some were late. */
  readonly engine: AnalysisEngine | undefined;
  readonly tables: TraceTables;
  readonly rest: TraceRest;
}

class SourceAnalyzer {
  readonly #source: TraceSource;
  readonly #options: AnalyzeOptions;
  readonly #onProgress: OnSourceProgress;
  readonly #hooks: SourceHooks;

  constructor(
    source: TraceSource,
    options: AnalyzeOptions,
    onProgress: OnSourceProgress,
    hooks: SourceHooks,
  ) {
    this.#source = source;
    this.#options = options;
    this.#onProgress = onProgress;
    this.#hooks = hooks;
  }

  /** @param known the tables of the first pass: with them, late events have their names, and every task its begin */
  async play(pass: 1 | 2, late?: EventColumns, known?: TraceTables): Promise<Pass> {
    const reading = this.#source.open(known);
    const giveBack = (batch: EventColumns) => reading.giveBack?.(batch);
    const { windowEvents } = this.#hooks;
    const order = new EventOrder({ windowEvents, late, onCopied: giveBack });
    const tables = known ?? reading.tables;
    let engine: AnalysisEngine | undefined = this.#startEngine(tables);
    let events = 0;
    for await (const batch of reading.batches()) {
      events += batch.length;
      const ordered = order.add(batch);
      // From the first late event on, the first pass only looks for the others.
      engine = pass === 1 && order.lateEvents > 0 ? undefined : engine;
      for (const part of ordered) {
        engine?.play(part);
        giveBack(part);
      }
      await this.#onProgress({ pass, events, share: reading.share?.() });
    }
    for (const part of order.end()) {
      engine?.play(part);
    }
    const rest = reading.rest();
    this.#hooks.onRest?.(rest);
    return { order, engine, tables, rest };
  }

  #startEngine(tables: TraceTables): AnalysisEngine {
    const engine = new AnalysisEngine(tables, this.#options);
    this.#hooks.onEngine?.(engine);
    return engine;
  }
}
