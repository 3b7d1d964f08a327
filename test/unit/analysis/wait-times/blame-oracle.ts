import { BlockerFinder } from '../../../../analysis/find-blockers.ts';
import { Replay, type ReplayState } from '../../../../analysis/replay/replay.ts';
import {
  EventCode,
  EventColumnsBuilder,
  NO_TID,
  NONE,
  sliceColumns,
  type Trace,
} from '../../../../src/trace/index.ts';

/** Time behind the ends of chains, `what subject` → ns; tids as numbers, resources as `kind id`. */
export type Blamed = Readonly<Record<string, number>>;

export interface OracleOptions {
  readonly sinceNs?: number;
  readonly untilNs?: number;
  readonly counts?: (state: ReplayState, row: number) => boolean;
}

/**
 * Blame by brute force: after every event each waiting task's chain is followed from the beginning, with the rules of
 * BlockerFinder, and the time until the next event is counted for what it ends at. Shares nothing with what it checks
 * but these rules and the replay.
 */
export function blameByForce(trace: Trace, options: OracleOptions = {}): Blamed {
  return new Oracle(trace, options).run();
}

class Oracle {
  readonly #trace: Trace;
  readonly #replay: Replay;
  readonly #blamed: Record<string, number> = {};
  readonly #options: OracleOptions;
  /** By row of the wait: time for which nobody was known. */
  readonly #unknown = new Map<number, number>();
  readonly #unnamed = new Map<number, boolean>();
  #nowNs: number;
  #playedNs = Number.NEGATIVE_INFINITY;

  constructor(trace: Trace, options: OracleOptions) {
    this.#trace = trace;
    this.#options = options;
    this.#replay = new Replay(trace);
    this.#nowNs = this.#clamp(0);
    const { table } = this.#replay.state.waits;
    const look = (row: number) => this.#unnamed.set(row, table.holderTid[row] === NO_TID);
    this.#replay.observe({
      waitBegan: (row) => {
        this.#unknown.delete(row);
        look(row);
      },
      waitRefined: look,
      waitEnded: (row, how) => {
        // The state is still as it was before this event, for the task starts that come without one as well.
        this.#advance(table.endNs[row]!);
        const told = how === 'ended' && this.#unnamed.get(row) && table.holderTid[row] !== NO_TID;
        this.#add(
          told ? `running ${table.holderTid[row]}` : `unknown ${this.#resource(row)}`,
          this.#unknown.get(row) ?? 0,
        );
        this.#unknown.delete(row);
      },
    });
  }

  run(): Blamed {
    const { events, endNs } = this.#trace;
    for (let i = 0; i < events.length; i++) {
      this.#startTasks(events.tsNs[i]!);
      this.#advance(events.tsNs[i]!);
      this.#replay.play(sliceColumns(events, i, i + 1));
    }
    this.#startTasks(Number.POSITIVE_INFINITY);
    this.#replay.settle();
    this.#advance(endNs);
    for (const [row, ns] of this.#unknown) {
      this.#add(`unknown ${this.#resource(row)}`, ns);
    }
    return this.#blamed;
  }

  /** A task begins right after the last time of the one before: an event that says nothing makes it so, at that time. */
  #startTasks(beforeNs: number): void {
    const { tasks } = this.#trace;
    const times = tasks.rows().map(({ fromNs }) => fromNs);
    for (const tsNs of times.filter((ns) => ns >= this.#playedNs && ns < beforeNs).sort((a, b) => a - b)) {
      this.#advance(tsNs);
      const builder = new EventColumnsBuilder();
      builder.push({ type: EventCode.waitEnd, tsNs: tsNs + 0.5 });
      this.#replay.play(builder.take());
    }
    this.#playedNs = beforeNs;
  }

  #clamp(ns: number): number {
    const { sinceNs = 0, untilNs = Number.POSITIVE_INFINITY } = this.#options;
    return Math.min(Math.max(ns, sinceNs), untilNs);
  }

  /** Counts the time since the last event for the ends of the chains as they were. */
  #advance(toNs: number): void {
    const ns = this.#clamp(toNs) - this.#nowNs;
    if (ns <= 0) {
      return;
    }
    this.#nowNs += ns;
    const { waits } = this.#replay.state;
    const { tid } = waits.table;
    for (const start of new Set(waits.openRows().map((row) => tid[row]!))) {
      const counts = this.#options.counts?.(this.#replay.state, waits.openRowsOf(start)[0]!) ?? true;
      if (counts) {
        this.#follow(start, ns);
      }
    }
  }

  #follow(start: number, ns: number): void {
    const { waits } = this.#replay.state;
    const finder = new BlockerFinder(this.#replay.state);
    const passed: number[] = [];
    for (let tid = start; ; ) {
      const row = waits.openRowsOf(tid)[0];
      if (passed.includes(tid)) {
        const cycle = passed.slice(passed.indexOf(tid));
        this.#add(`cycle ${Math.min(...cycle)}`, ns);
        return;
      }
      if (row === undefined) {
        this.#add(`running ${tid}`, ns);
        return;
      }
      passed.push(tid);
      const next = this.#blockerOf(finder, row);
      if (next === 'io') {
        this.#add(`io ${this.#resource(row)}`, ns);
        return;
      }
      if (next === 'unknown') {
        this.#unknown.set(row, (this.#unknown.get(row) ?? 0) + ns);
        return;
      }
      tid = next;
    }
  }

  /** Of several holders the one that has had it longest. */
  #blockerOf(finder: BlockerFinder, row: number): number | 'io' | 'unknown' {
    const [set] = finder.find(row);
    const { holds, lives, waits } = this.#replay.state;
    const order = Array.from(holds.holdsOf(waits.table.resource[row]!))
      .filter(({ tid, at }) => lives.isSame(tid, at))
      .map(({ tid }) => tid);
    const [first] = [...set!].sort((a, b) => place(order, a.tid) - place(order, b.tid));
    return first!.io ? 'io' : (first!.tid ?? 'unknown');
  }

  #resource(row: number): string {
    const { waits, tables } = this.#replay.state;
    const resource = waits.table.resource[row]!;
    return `${tables.resources.kind(resource)} ${tables.resources.id(resource)}`;
  }

  #add(what: string, ns: number): void {
    if (ns > 0) {
      this.#blamed[what] = (this.#blamed[what] ?? 0) + ns;
    }
  }
}

function place(order: readonly number[], tid: number | undefined): number {
  return tid === undefined ? NONE : order.indexOf(tid);
}
