import {
  type Analysis,
  AnalysisEngine,
  type AnalyzeOptions,
  CycleWatch,
  collectOpenState,
} from '../../analysis/index.ts';
import type { CaptureInfo, EventColumns, Loss, TraceTables } from '../trace/index.ts';
import type { WaitKey } from './finding-log.ts';

export interface LiveOptions extends AnalyzeOptions {
  /** How long a loss makes an answer less sure, ns. */
  readonly keepNs: number;
  /** A cycle may have closed: a reason to ask for the whole answer. */
  readonly onClosed: () => void;
}

/** Losses of one stretch of time, one for each reason. */
interface LossStretch {
  fromNs: number;
  readonly byReason: Map<string, Loss>;
}

/** One engine after another, each with tables of its own, so that a watch of days stays small. What is open is handed on. */
export class LiveAnalysis {
  readonly #options: LiveOptions;
  #engine: AnalysisEngine | undefined;
  #losses: LossStretch[] = [];

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** How many tasks wait now. */
  get openWaits(): number {
    return this.#engine?.state.waits.openRows().length ?? 0;
  }

  /** Goes on with other tables; returns what is open, with which a capture can begin there. */
  renew(tables: TraceTables, nowNs: number): EventColumns | undefined {
    const before = this.#engine;
    // Where the time went, and in which orders locks were taken, is asked of what is saved.
    const engine = new AnalysisEngine(tables, { ...this.#options, waitTimes: false, orders: false });
    engine.observe(new CycleWatch(engine.state, this.#options.onClosed));
    this.#engine = engine;
    this.#renewLosses(nowNs, before?.state.waits.withoutEnd ?? 0);
    if (before === undefined) {
      return undefined;
    }
    const open = collectOpenState(before.state, tables);
    engine.play(open);
    return open;
  }

  /** Events as they arrive: each states what was true when it came, though what it tells of began earlier. */
  play(events: EventColumns, losses: readonly Loss[]): void {
    this.#engine!.play(events);
    for (const loss of losses) {
      this.#countLoss(loss);
    }
  }

  result(info: CaptureInfo, endNs: number): Analysis {
    const losses = this.#losses.flatMap(({ byReason }) => [...byReason.values()]);
    return this.#engine!.result({ info, losses, attachments: [], endNs });
  }

  isOpen = ({ tid, kind, id, sinceNs }: WaitKey): boolean => {
    const { tables, waits } = this.#engine!.state;
    const resource = tables.resources.find(kind, id);
    const row = resource === undefined ? undefined : waits.openWait(tid, resource);
    return row !== undefined && waits.table.beginNs[row] === sinceNs;
  };

  /** Begin of the longest open wait, or Infinity. */
  oldestWaitNs(): number {
    if (this.#engine === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const { waits } = this.#engine.state;
    return waits
      .openRows()
      .reduce((oldest, row) => Math.min(oldest, waits.table.beginNs[row]!), Number.POSITIVE_INFINITY);
  }

  #renewLosses(nowNs: number, withoutEnd: number): void {
    if (withoutEnd > 0) {
      this.#countLoss({ tsNs: nowNs, count: withoutEnd, reason: 'wait_without_end' });
    }
    const { keepNs } = this.#options;
    // A stretch ends where the next one begins.
    this.#losses = this.#losses.filter((_, i) => nowNs - (this.#losses[i + 1]?.fromNs ?? nowNs) <= keepNs);
    this.#losses.push({ fromNs: nowNs, byReason: new Map() });
  }

  #countLoss({ tsNs, count, reason }: Loss): void {
    const { byReason } = this.#losses.at(-1)!;
    byReason.set(reason, { tsNs, count: count + (byReason.get(reason)?.count ?? 0), reason });
  }
}
