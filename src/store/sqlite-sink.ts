import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import type { Attachment, CaptureInfo, EventColumns, Loss, TaskRow } from '../trace/index.ts';
import {
  CAPTURE_FIELDS,
  COLUMN_NAMES,
  fileError,
  HoldwaitError,
  NO_TID,
  NONE,
  type TraceBatch,
  type TraceBuilder,
  type TraceSink,
} from '../trace/index.ts';
import { isCaptureHead } from './formats.ts';
import { prepareOutput, type SinkOptions } from './output-file.ts';
import {
  APPLICATION_ID,
  CREATE_SCHEMA,
  EVENT_COLUMNS,
  SQLITE_SCHEMA_VERSION,
  WORD_LISTS,
} from './sqlite-schema.ts';

/** Rows of one INSERT. Measured: 16 a statement are a third faster than one, 64 are slower again. */
const ROWS_PER_INSERT = 16;

/**
 * A capture as one SQLite file. Each batch is one transaction: what write() has returned from survives the death of the
 * process. While it is open the file has a `-wal` beside it; close() folds that in, so that one file is the whole.
 *
 * @throws HoldwaitError (usage) OUTPUT_EXISTS, OUTPUT_NOT_A_CAPTURE; (input) FILE_*, STORE_WRITE_FAILED, also from write()
 */
export function openSqliteSink(path: string, info: CaptureInfo, options: SinkOptions = {}): TraceSink {
  prepareOutput(path, options, isCaptureHead);
  const db = guard(path, () => createFile(path, info));
  const writer = new BatchWriter(db);
  const write = db.transaction((batch: TraceBatch, builder: TraceBuilder) => writer.write(batch, builder));
  return {
    write: (batch, builder) => guard(path, () => write(batch, builder)),
    close: (last) => guard(path, () => closeFile(db, last)),
  };
}

function createFile(path: string, info: CaptureInfo): Database.Database {
  // Absolute, because a bare `:memory:` or `file:…` means something else to SQLite.
  const db = new Database(resolve(path));
  // Before the switch to WAL, so that the main file can be told from others even if it is never checkpointed.
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${SQLITE_SCHEMA_VERSION}`);
  db.transaction(() => {
    db.exec(CREATE_SCHEMA);
    insertWords(db);
    insertInfo(db, info);
  })();
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  return db;
}

function closeFile(db: Database.Database, info: CaptureInfo): void {
  try {
    insertInfo(db, info);
    db.pragma('busy_timeout = 0');
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    // Somebody is reading the file: the -wal stays until they are done, nothing is lost.
    if (!(error as { code?: string }).code?.startsWith('SQLITE_BUSY')) {
      throw error;
    }
  } finally {
    db.close();
  }
}

function insertWords(db: Database.Database): void {
  const insert = db.prepare('INSERT INTO words VALUES (?, ?, ?)');
  for (const [list, words] of Object.entries(WORD_LISTS)) {
    for (const [code, word] of words.entries()) {
      insert.run(list, code, word);
    }
  }
}

/** Text and numbers as they are, lists as JSON. */
function insertInfo(db: Database.Database, info: CaptureInfo): void {
  const insert = db.prepare('INSERT OR REPLACE INTO capture VALUES (?, ?)');
  for (const key of CAPTURE_FIELDS) {
    const value = info[key];
    if (value !== undefined) {
      insert.run(key, typeof value === 'object' ? JSON.stringify(value) : value);
    }
  }
}

/** Writes what is new in a batch; ids in the file are the indexes of the builder's tables. */
class BatchWriter {
  readonly #task: Database.Statement;
  readonly #frame: Database.Statement;
  readonly #stack: Database.Statement;
  readonly #resource: Database.Statement;
  readonly #label: Database.Statement;
  readonly #loss: Database.Statement;
  readonly #attachment: Database.Statement;
  readonly #event: Database.Statement;
  readonly #events: Database.Statement;

  constructor(db: Database.Database) {
    this.#task = db.prepare('INSERT INTO tasks (tid, pid, comm, from_ns) VALUES (?, ?, ?, ?)');
    this.#frame = db.prepare('INSERT INTO frames VALUES (?, ?)');
    this.#stack = db.prepare('INSERT INTO stacks VALUES (?, ?, ?)');
    this.#resource = db.prepare('INSERT INTO resources VALUES (?, ?, ?, ?)');
    this.#label = db.prepare('UPDATE resources SET label = ? WHERE id = ?');
    this.#loss = db.prepare('INSERT INTO losses (ts_ns, count, reason) VALUES (?, ?, ?)');
    this.#attachment = db.prepare('INSERT INTO attachments (name, text) VALUES (?, ?)');
    this.#event = db.prepare(insertEvents(1));
    this.#events = db.prepare(insertEvents(ROWS_PER_INSERT));
  }

  write(batch: TraceBatch, { resources, stacks }: TraceBuilder): void {
    for (let i = batch.firstNewFrame; i < stacks.frames.size; i++) {
      this.#frame.run(i, stacks.frames.get(i));
    }
    for (let i = batch.firstNewStack; i < stacks.size; i++) {
      this.#writeStack(i, stacks.frameIndexes(i));
    }
    for (let i = batch.firstNewResource; i < resources.size; i++) {
      this.#resource.run(i, resources.kind(i), resources.id(i), resources.label(i) ?? null);
    }
    for (const resource of batch.relabelled) {
      this.#label.run(resources.label(resource), resource);
    }
    this.#writeTasks(batch.tasks);
    this.#writeEvents(batch.events);
    this.#writeNotes(batch.losses, batch.attachments);
  }

  #writeStack(stack: number, frames: Int32Array): void {
    for (let depth = 0; depth < frames.length; depth++) {
      this.#stack.run(stack, depth, frames[depth]);
    }
  }

  #writeTasks(tasks: readonly TaskRow[]): void {
    for (const { tid, pid, comm, fromNs } of tasks) {
      this.#task.run(tid, pid ?? null, comm ?? null, fromNs);
    }
  }

  #writeNotes(losses: readonly Loss[], attachments: readonly Attachment[]): void {
    for (const { tsNs, count, reason } of losses) {
      this.#loss.run(tsNs, count, reason);
    }
    for (const { name, text } of attachments) {
      this.#attachment.run(name, text);
    }
  }

  #writeEvents(events: EventColumns): void {
    const whole = events.length - (events.length % ROWS_PER_INSERT);
    for (let i = 0; i < whole; i += ROWS_PER_INSERT) {
      this.#events.run(eventValues(events, i, ROWS_PER_INSERT));
    }
    for (let i = whole; i < events.length; i++) {
      this.#event.run(eventValues(events, i, 1));
    }
  }
}

function insertEvents(rows: number): string {
  const row = `(${EVENT_COLUMNS.map(() => '?').join(', ')})`;
  return `INSERT INTO events (${EVENT_COLUMNS.join(', ')}) VALUES ${Array(rows).fill(row).join(', ')}`;
}

/** Values of `rows` events from `first`, row by row; a missing value is NULL. */
function eventValues(events: EventColumns, first: number, rows: number): (number | null)[] {
  const values: (number | null)[] = new Array(rows * COLUMN_NAMES.length);
  let to = 0;
  for (let i = first; i < first + rows; i++) {
    values[to++] = events.type[i]!;
    values[to++] = events.tsNs[i]!;
    values[to++] = orNull(events.tid[i]!, NO_TID);
    values[to++] = orNull(events.resource[i]!, NONE);
    values[to++] = orNull(events.stack[i]!, NONE);
    values[to++] = orNull(events.holderTid[i]!, NO_TID);
    values[to++] = orNull(events.evidence[i]!, NONE);
    values[to++] = orNull(events.mode[i]!, NONE);
    values[to++] = orNull(events.fn[i]!, NONE);
    values[to++] = orNull(events.sizeBytes[i]!, NONE);
    values[to++] = orNull(events.gfp[i]!, NONE);
  }
  return values;
}

function orNull(value: number, missing: number): number | null {
  return value === missing ? null : value;
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Database.SqliteError) {
      const message = `${path} cannot be written: ${error.message}`;
      throw new HoldwaitError('input', 'STORE_WRITE_FAILED', message, {
        cause: error,
        hint: 'See whether the disk is full (df -h), or name a file elsewhere with -o.',
      });
    }
    throw fileError(path, error);
  }
}
