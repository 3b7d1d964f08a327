import { BlockerFinder } from '../../../../analysis/find-blockers.ts';
import { Replay } from '../../../../analysis/replay/replay.ts';
import {
  EventCode,
  EventColumnsBuilder,
  NO_TID,
  NONE,
  sliceColumns,
  type Trace,
} from '../../../../src/trace/index.ts';

type Times = Readonly<Record<string, number>>;

/** Where the time of waiting tasks went, ns. */
export interface OracleTimes {
  /** `running TID`, `cycle TID`, `io KIND`, `unknown KIND`. */
  readonly roots: Times;
  readonly tasks: Times;
  readonly resources: Times;
  /** Each way from a waiter to the end as text. */
  readonly chains: Times;
}

export interface OracleOptions {
  readonly sinceNs?: number;
  readonly untilNs?: number;
  /** The one tid that counts. */
  readonly tid?: number;
}

/**
 * Times by brute force: after every event each waiting task's chain is followed from the beginning, with the rules of
 * BlockerFinder, and the time until the next event is counted for what it ends at. Shares nothing with what it checks
 * but these rules and the replay.
 */
export function timesByForce(trace: Trace, options: OracleOptions = {}): OracleTimes {
  return new Oracle(trace, options).run();
}

class Oracle {
  readonly #trace: Trace;
  readonly #replay: Replay;
  readonly #times = {
    roots: {} as Record<string, number>,
    tasks: {} as Record<string, number>,
    resources: {} as Record<string, number>,
    chains: {} as Record<string, number>,
  };
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
        const told = how === 'ended' && this.#unnamed.get(row) && table.holderTid[row] !== NO_TID;
        const root = told ? `running ${table.holderTid[row]}` : `unknown ${this.#kind(row)}`;
        add(this.#times.roots, root, this.#unknown.get(row) ?? 0);
        this.#unknown.delete(row);
      },
    });
  }

  run(): OracleTimes {
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
      add(this.#times.roots, `unknown ${this.#kind(row)}`, ns);
    }
    return this.#times;
  }

  /** A task begins right after the last time of the one before: an event that says nothing makes it so, at that time. */
  #startTasks(beforeNs: number): void {
    const times = this.#trace.tasks.rows().map(({ fromNs }) => fromNs);
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

  /** Counts the time since the last event for the chains as they were. */
  #advance(toNs: number): void {
    const ns = this.#clamp(toNs) - this.#nowNs;
    if (ns <= 0) {
      return;
    }
    this.#nowNs += ns;
    const { waits } = this.#replay.state;
    const { tid, resource } = waits.table;
    for (const start of new Set(waits.openRows().map((row) => tid[row]!))) {
      if (start === (this.#options.tid ?? start)) {
        const [row] = waits.openRowsOf(start);
        add(this.#times.tasks, String(start), ns);
        add(this.#times.resources, this.#name(resource[row!]!), ns);
        this.#follow(start, ns);
      }
    }
  }

  #follow(start: number, ns: number): void {
    const finder = new BlockerFinder(this.#replay.state);
    const passed: number[] = [];
    const way: string[] = [];
    for (let tid = start, root = ''; root === ''; ) {
      const row = this.#replay.state.waits.openRowsOf(tid)[0];
      const next = row === undefined ? `running ${tid}` : this.#blockerOf(finder, row);
      if (row !== undefined) {
        passed.push(tid);
        way.push(`${tid} ${this.#kind(row)}`);
      }
      if (typeof next === 'string') {
        root = next;
      } else if (passed.includes(next)) {
        root = `cycle ${Math.min(...passed.slice(passed.indexOf(next)))}`;
      } else {
        tid = next;
        continue;
      }
      add(this.#times.chains, [...way, root].join(' > '), ns);
      if (root.startsWith('unknown')) {
        this.#unknown.set(row!, (this.#unknown.get(row!) ?? 0) + ns);
      } else {
        add(this.#times.roots, root, ns);
      }
    }
  }

  /** Of several holders the one that has had it longest. */
  #blockerOf(finder: BlockerFinder, row: number): number | string {
    const [set] = finder.find(row);
    const { holds, lives, waits } = this.#replay.state;
    const order = Array.from(holds.holdsOf(waits.table.resource[row]!))
      .filter(({ tid, at }) => lives.isSame(tid, at))
      .map(({ tid }) => tid);
    const [first] = [...set!].sort((a, b) => place(order, a.tid) - place(order, b.tid));
    return first!.io ? `io ${this.#kind(row)}` : (first!.tid ?? `unknown ${this.#kind(row)}`);
  }

  #kind(row: number): string {
    const { waits, tables } = this.#replay.state;
    return tables.resources.kind(waits.table.resource[row]!);
  }

  #name(resource: number): string {
    const { resources } = this.#trace;
    return `${resources.kind(resource)} ${resources.id(resource)}`;
  }
}

function add(times: Record<string, number>, what: string, ns: number): void {
  if (ns > 0) {
    times[what] = (times[what] ?? 0) + ns;
  }
}

function place(order: readonly number[], tid: number | undefined): number {
  return tid === undefined ? NONE : order.indexOf(tid);
}
