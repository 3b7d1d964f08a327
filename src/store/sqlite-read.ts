import type Database from 'better-sqlite3';
import {
  BATCH_EVENTS,
  type CaptureInfo,
  decodeCaptureInfo,
  NO_TID,
  NONE,
  type TraceBuilder,
  type TraceSteps,
  tryAddEvent,
} from '../trace/index.ts';
import { EVENT_COLUMNS, WORD_LISTS } from './sqlite-schema.ts';

type Row = readonly unknown[];
/** Index or code in the file → index or code in memory. */
type IndexMap = ReadonlyMap<unknown, number>;

/**
 * Reads the tables of an open capture whose schema was checked. Nothing in a row is taken on trust.
 *
 * @param lastEvent the last id of an event to be read
 */
export function* readSqliteTables(
  db: Database.Database,
  builder: TraceBuilder,
  lastEvent: number,
): TraceSteps {
  const reader = new TraceReader(db, builder);
  reader.readTasks();
  yield* reader.readEvents(reader.readResources(), reader.readStacks(), lastEvent);
  reader.readNotes();
  return reader.finish();
}

class TraceReader {
  readonly #db: Database.Database;
  readonly #builder: TraceBuilder;
  readonly #faults = { bad_record: 0, unknown_event: 0 };

  constructor(db: Database.Database, builder: TraceBuilder) {
    this.#db = db;
    this.#builder = builder;
  }

  readTasks(): void {
    for (const [tid, pid, comm, fromNs] of this.#rows(
      'SELECT tid, pid, comm, from_ns FROM tasks ORDER BY id',
    )) {
      const good = isTid(tid) && (pid === null || isTid(pid)) && isTextOrNull(comm) && isCount(fromNs);
      if (this.#check(good)) {
        this.#builder.setTask(tid as number, orUndefined(pid), orUndefined(comm), fromNs as number);
      }
    }
  }

  readResources(): IndexMap {
    const { resources } = this.#builder;
    const indexes = new Map<unknown, number>();
    for (const [id, kind, res, label] of this.#rows(
      'SELECT id, kind, res, label FROM resources ORDER BY id',
    )) {
      if (this.#check(typeof kind === 'string' && typeof res === 'string' && isTextOrNull(label))) {
        const index = resources.intern(kind as string, res as string);
        indexes.set(id, index);
        if (label !== null) {
          resources.setLabel(index, label as string);
        }
      }
    }
    return indexes;
  }

  readStacks(): IndexMap {
    const frames = new Map(this.#rows('SELECT id, text FROM frames') as Iterable<[unknown, unknown]>);
    const stacks = new Map<unknown, unknown[]>();
    for (const [stack, frame] of this.#rows('SELECT stack, frame FROM stacks ORDER BY stack, depth')) {
      const known = stacks.get(stack);
      known === undefined ? stacks.set(stack, [frames.get(frame)]) : known.push(frames.get(frame));
    }
    const indexes = new Map<unknown, number>();
    for (const [stack, texts] of stacks) {
      if (this.#check(texts.every((text) => typeof text === 'string'))) {
        indexes.set(stack, this.#builder.stacks.intern(texts as string[]));
      }
    }
    return indexes;
  }

  *readEvents(resources: IndexMap, stacks: IndexMap, lastEvent: number): Generator<number | undefined> {
    const [types, evidences, modes, fns] = (['type', 'evidence', 'mode', 'fn'] as const).map((list) =>
      this.#readWords(list),
    );
    const sql = `SELECT ${EVENT_COLUMNS.join(', ')}, id FROM events WHERE id <= ? ORDER BY id`;
    for (const row of this.#rows(sql, lastEvent)) {
      if (this.#builder.eventCount >= BATCH_EVENTS) {
        yield Number(row.at(-1)) / lastEvent;
      }
      const type = types!.get(row[0]);
      if (type === NONE) {
        this.#faults.unknown_event++;
        continue;
      }
      this.#check(
        tryAddEvent(this.#builder, {
          type: type ?? Number.NaN,
          tsNs: row[1] as number,
          tid: (row[2] ?? NO_TID) as number,
          resource: mapIndex(resources, row[3]),
          stack: mapIndex(stacks, row[4]),
          holderTid: (row[5] ?? NO_TID) as number,
          evidence: mapIndex(evidences!, row[6]),
          mode: mapIndex(modes!, row[7]),
          fn: mapIndex(fns!, row[8]),
          sizeBytes: (row[9] ?? NONE) as number,
          gfp: (row[10] ?? NONE) as number,
        }),
      );
    }
  }

  readNotes(): void {
    for (const [tsNs, count, reason] of this.#rows('SELECT ts_ns, count, reason FROM losses ORDER BY id')) {
      if (this.#check(isCount(tsNs) && isCount(count) && typeof reason === 'string')) {
        this.#builder.addLoss({ tsNs: tsNs as number, count: count as number, reason: reason as string });
      }
    }
    for (const [name, text] of this.#rows('SELECT name, text FROM attachments ORDER BY id')) {
      if (this.#check(typeof name === 'string' && typeof text === 'string')) {
        this.#builder.addAttachment({ name: name as string, text: text as string });
      }
    }
  }

  finish(): CaptureInfo {
    const tsNs = this.#builder.latestNs;
    for (const [reason, count] of Object.entries(this.#faults)) {
      if (count > 0) {
        this.#builder.addLoss({ tsNs, count, reason });
      }
    }
    return this.#readInfo();
  }

  #readInfo(): CaptureInfo {
    const fields: Record<string, unknown> = {};
    for (const [key, value] of this.#rows('SELECT key, value FROM capture')) {
      fields[String(key)] = key === 'scripts' || key === 'hooks' ? tryParse(value) : value;
    }
    return decodeCaptureInfo(fields);
  }

  /** A code of the file → our code of the same word; NONE for a word that we do not know. */
  #readWords(list: keyof typeof WORD_LISTS): IndexMap {
    const rows = this.#rows(`SELECT code, word FROM words WHERE list = '${list}'`);
    const known: readonly unknown[] = WORD_LISTS[list];
    return new Map(Array.from(rows, ([code, word]) => [code, known.indexOf(word)]));
  }

  #rows(sql: string, ...values: number[]): IterableIterator<Row> {
    return this.#db
      .prepare<number[], Row>(sql)
      .raw()
      .iterate(...values);
  }

  #check(good: boolean): boolean {
    this.#faults.bad_record += good ? 0 : 1;
    return good;
  }
}

/** NaN, which no check lets through, for what the file's own table does not have or we have no word for. */
function mapIndex(indexes: IndexMap, value: unknown): number {
  if (value === null) {
    return NONE;
  }
  const index = indexes.get(value) ?? NONE;
  return index === NONE ? Number.NaN : index;
}

function orUndefined<T>(value: unknown): T | undefined {
  return (value as T | null) ?? undefined;
}

function tryParse(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}

function isTid(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > NO_TID && (value as number) <= 0x7fff_ffff;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
