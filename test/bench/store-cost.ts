import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CaptureDecoder } from '../../src/bpf/decode.ts';
import { SymbolTable } from '../../src/bpf/symbols.ts';
import { openArrowSink } from '../../src/store/arrow-sink.ts';
import { loadSqlite } from '../../src/store/sqlite-load.ts';
import { openSqliteSink } from '../../src/store/sqlite-sink.ts';
import { COLUMN_NAMES, type EventColumns, TraceBuilder, type TraceSink } from '../../src/trace/index.ts';
import { type Benchmark, type BenchRun, type Figure, makeFigure } from './benchmark.ts';
import { summarise } from './median.ts';

/** What a capture stores every 200 ms on a busy machine. */
const LINES_PER_BATCH = 2_000;
const KERNEL_TEXT = 0xffffffff81000000n;
/** In the input; each is about four events. */
const WAITS = 50_000;
/** One round is short, and a disk's speed varies. */
const ROUNDS_PER_REPEAT = 2;

/** From the tracer's lines to a file, in each format, beside the least that storing the same rows can cost. */
export const store: Benchmark = {
  name: 'store',
  about: 'decode and store in SQLite and in Arrow; insert the same rows with better-sqlite3 alone',
  minutes: 1,
  run: compareStores,
};

/** Seconds. */
interface StoreTime {
  readonly total: number;
  /** Spent in the sink. */
  readonly sink: number;
}

interface Round {
  readonly events: number;
  readonly decode: StoreTime;
  readonly sqlite: StoreTime;
  readonly arrow: StoreTime;
  /** The same rows into one table by better-sqlite3, with nothing around it. */
  readonly bare: number;
}

/** Decodes and stores the same lines in each way, in turns. */
async function compareStores({ sizes, folder, onProgress }: BenchRun): Promise<readonly Figure[]> {
  const lines = makeLines(WAITS);
  const rounds: Round[] = [];
  const count = sizes.repeats * ROUNDS_PER_REPEAT;
  for (let round = 1; round <= count; round++) {
    onProgress(`round ${round} of ${count}`);
    rounds.push(await runRound(lines, (name) => join(folder, `${name}-${round}`)));
  }
  return [compareSqlite(rounds), compareArrow(rounds)];
}

async function runRound(lines: readonly string[], path: (name: string) => string): Promise<Round> {
  const decode = await timeStore(lines, NO_SINK);
  const sqlite = await timeStore(lines, openSqliteSink(path('sqlite'), {}));
  const arrow = await timeStore(lines, openArrowSink(path('arrow'), {}));
  const { events } = loadSqlite(path('sqlite'));
  const bare = timeBareInsert(path('bare'), events);
  return { events: events.length, decode, sqlite, arrow, bare };
}

function compareSqlite(rounds: readonly Round[]): Figure {
  const rate = (seconds: (round: Round) => number) =>
    summarise(rounds.map((round) => round.events / seconds(round)));
  return makeFigure(
    {
      what: 'decode and store, SQLite sink',
      against: 'inserting the same rows with better-sqlite3 alone (speed / speed)',
      wanted: { atLeast: 0.6 },
      measured: {
        'decode and store, events/s': rate(({ sqlite }) => sqlite.total),
        'insertion alone, events/s': rate(({ bare }) => bare),
        'decode alone, events/s': rate(({ decode }) => decode.total),
        'sink alone / insertion alone': summarise(rounds.map(({ sqlite, bare }) => bare / sqlite.sink)),
      },
    },
    rounds.map(({ sqlite, bare }) => bare / sqlite.total),
  );
}

function compareArrow(rounds: readonly Round[]): Figure {
  return makeFigure(
    {
      what: 'decode and store, Arrow sink',
      against: 'decode and store, SQLite sink (speed / speed)',
      wanted: { atLeast: 3 },
      measured: {
        'decode and store, events/s': summarise(rounds.map(({ events, arrow }) => events / arrow.total)),
        'sink alone / sink alone': summarise(rounds.map(({ sqlite, arrow }) => sqlite.sink / arrow.sink)),
      },
    },
    rounds.map(({ sqlite, arrow }) => sqlite.total / arrow.total),
  );
}

const NO_SINK: TraceSink = { write: () => {}, close: () => {} };

/** Decodes all lines and hands them to the sink in batches. */
async function timeStore(lines: readonly string[], sink: TraceSink): Promise<StoreTime> {
  const builder = new TraceBuilder();
  const decoder = new CaptureDecoder(builder, { symbols: makeSymbols(), deviceNames: new Map() });
  const beganMs = performance.now();
  let sinkMs = 0;
  for (let first = 0; first < lines.length; first += LINES_PER_BATCH) {
    for (const line of lines.slice(first, first + LINES_PER_BATCH)) {
      decoder.decodeLine(line);
    }
    const batch = builder.take();
    if (batch.losses.length > 0) {
      throw new Error(`the lines are not those of the scripts any more: ${batch.losses[0]!.reason}`);
    }
    const storesMs = performance.now();
    sink.write(batch, builder);
    sinkMs += performance.now() - storesMs;
  }
  const closesMs = performance.now();
  await sink.close({});
  const endedMs = performance.now();
  return { total: (endedMs - beganMs) / 1000, sink: (sinkMs + endedMs - closesMs) / 1000 };
}

/** Seconds to insert the rows one statement each, in as many transactions as the sink makes. */
function timeBareInsert(path: string, events: EventColumns): number {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(`CREATE TABLE events (${COLUMN_NAMES.join(', ')})`);
  const insert = db.prepare(`INSERT INTO events VALUES (${COLUMN_NAMES.map(() => '?').join(', ')})`);
  const rows = Array.from({ length: events.length }, (_, i) => COLUMN_NAMES.map((name) => events[name][i]));
  const insertBatch = db.transaction((first: number, end: number) => {
    for (let i = first; i < end; i++) {
      insert.run(rows[i]);
    }
  });
  const beganMs = performance.now();
  for (let first = 0; first < events.length; first += LINES_PER_BATCH) {
    insertBatch(first, Math.min(first + LINES_PER_BATCH, events.length));
  }
  db.close();
  return (performance.now() - beganMs) / 1000;
}

/** Waits with their holder and stack, and their ends, in the words of the bundled scripts. */
function makeLines(waits: number): string[] {
  const lines = [printed('start clock=1000000000\n')];
  for (let i = 0; i < waits; i++) {
    const at = 1_000_000_000 + (i + 1) * 50_000;
    const res = (0xffffea0000000000n + BigInt(i % 20_000) * 64n).toString(16);
    const stack = Array.from({ length: 16 }, (_, depth) =>
      (KERNEL_TEXT + BigInt(((i % 50) * 16 + depth) * 0x100 + 5)).toString(16),
    );
    const tid = 1000 + (i % 200);
    lines.push(
      printed(
        `wait kind=folio_lock res=${res} tid=${tid} pid=${tid} since=${at - 40_000} at=${at} holder=${2000 + (i % 100)} ` +
          `held=${at - 45_000} by=3 dev=266338320 ino=13 index=${i % 20_000}\n${stack.join('\n')}\n|worker ${tid}`,
      ),
      printed(`got kind=folio_lock res=${res} tid=${tid} at=${at + 1000}\n`),
    );
  }
  return lines;
}

function printed(data: string): string {
  return JSON.stringify({ type: 'printf', data });
}

function makeSymbols(): SymbolTable {
  const lines = Array.from(
    { length: 20_000 },
    (_, i) => `${(KERNEL_TEXT + BigInt(i * 0x100)).toString(16)} t function_${i}`,
  );
  return SymbolTable.parse(lines.join('\n'));
}
