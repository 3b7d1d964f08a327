import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import {
  createSource,
  errorText,
  fileError,
  HoldwaitError,
  missingFileError,
  readWhole,
  type Trace,
  type TraceBuilder,
  type TraceSource,
  type TraceSteps,
} from '../trace/index.ts';
import { FOREIGN_HINT, isSqlite, isSqliteCapture } from './formats.ts';
import { readHead, SQLITE_SIDE_FILES } from './output-file.ts';
import { readSqliteTables } from './sqlite-read.ts';
import { SQLITE_HEADER_BYTES, SQLITE_SCHEMA_VERSION, TABLES } from './sqlite-schema.ts';

/**
 * Loads an SQLite capture, also one that is still being written or whose writer was killed. The file is not changed.
 * Rows that point nowhere or lack what their type needs are left out and counted as loss `bad_record`.
 *
 * @throws HoldwaitError (input) FILE_*, CAPTURE_FOREIGN, CAPTURE_NEWER, CAPTURE_CORRUPT
 */
export function loadSqlite(path: string): Trace {
  return readWhole((builder) => readSqlite(path, builder, {}));
}

/** The same batch by batch. Every reading ends at the event that was the last when the first one began. */
export function openSqlite(path: string): TraceSource {
  const extent: Extent = {};
  return createSource((builder) => readSqlite(path, builder, extent));
}

/** How far a capture goes that may still be written to, and that it is undamaged so far; found by the first reading. */
interface Extent {
  lastEvent?: number;
}

function* readSqlite(path: string, builder: TraceBuilder, extent: Extent): TraceSteps {
  try {
    checkHeader(path);
    return yield* useDatabase(path, (db) => readCapture(db, path, builder, extent));
  } catch (error) {
    if (error instanceof HoldwaitError) {
      throw error;
    }
    if (error instanceof Database.SqliteError) {
      throw corrupt(path, errorText(error), error);
    }
    throw fileError(path, error);
  }
}

function checkHeader(path: string): void {
  const head = readHead(path);
  if (head === undefined) {
    throw missingFileError(path);
  }
  if (!isSqlite(head)) {
    throw new HoldwaitError('input', 'CAPTURE_FOREIGN', `${path} is not an SQLite file`, {
      hint: FOREIGN_HINT,
    });
  }
  if (head.length < SQLITE_HEADER_BYTES) {
    throw corrupt(path, `it is cut off after ${head.length} bytes`);
  }
  if (!isSqliteCapture(head)) {
    throw new HoldwaitError('input', 'CAPTURE_FOREIGN', `${path} is an SQLite file of another program`, {
      hint: FOREIGN_HINT,
    });
  }
  checkVersion(path, head.readUInt32BE(60));
  checkSize(path, head.readUInt16BE(16));
}

/** SQLite itself takes the missing part of a last page for zeros. With a log beside the file, the log is the truth. */
function checkSize(path: string, pageCode: number): void {
  const pageBytes = pageCode === 1 ? 65_536 : pageCode;
  const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (logBytes === 0 && statSync(path).size % pageBytes !== 0) {
    throw corrupt(path, 'it is cut off in the middle of a page');
  }
}

function checkVersion(path: string, version: number): void {
  if (version > SQLITE_SCHEMA_VERSION) {
    const message = `${path} has schema version ${version}; this holdwait reads up to ${SQLITE_SCHEMA_VERSION}`;
    throw new HoldwaitError('input', 'CAPTURE_NEWER', message, {
      hint: 'Use the holdwait that wrote it, or a newer one.',
    });
  }
  if (version === 0) {
    throw corrupt(path, 'its schema version is missing');
  }
}

/** The capture itself; a copy if SQLite needs to write beside it (it was not closed cleanly) and may not. */
function* useDatabase(path: string, read: (db: Database.Database) => TraceSteps): TraceSteps {
  const inPlace = tryOpen(path);
  const folder = inPlace === undefined ? mkdtempSync(join(tmpdir(), 'holdwait-')) : undefined;
  let db = inPlace;
  try {
    db ??= openReadOnly(copyCapture(path, folder!));
    return yield* read(db);
  } finally {
    db?.close();
    if (folder !== undefined) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function tryOpen(path: string): Database.Database | undefined {
  try {
    return openReadOnly(path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (/^SQLITE_(CANTOPEN|READONLY)/.test(code)) {
      return undefined;
    }
    throw error;
  }
}

function copyCapture(path: string, folder: string): string {
  const copy = join(folder, basename(path));
  for (const suffix of ['', ...SQLITE_SIDE_FILES].filter((suffix) => existsSync(path + suffix))) {
    cpSync(path + suffix, copy + suffix);
  }
  return copy;
}

/** In a transaction that has read something: a capture that is being written is read as it is at one moment. */
function openReadOnly(path: string): Database.Database {
  const db = new Database(resolve(path), { readonly: true, fileMustExist: true });
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** @param name the file as the user knows it */
function* readCapture(
  db: Database.Database,
  name: string,
  builder: TraceBuilder,
  extent: Extent,
): TraceSteps {
  if (extent.lastEvent === undefined) {
    checkSchema(db, name);
    extent.lastEvent = Number(db.prepare('SELECT max(id) FROM events').pluck().get() ?? 0);
  }
  return yield* readSqliteTables(db, builder, extent.lastEvent);
}

/** Only plain tables are read: a view could compute for ever. */
function checkSchema(db: Database.Database, name: string): void {
  const plain = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'`)
    .pluck()
    .all();
  const missing = TABLES.filter((table) => !plain.includes(table));
  if (missing.length > 0) {
    throw corrupt(name, `it has no table ${missing.join(', ')}`);
  }
  const damage = db.pragma('quick_check(1)', { simple: true });
  if (damage !== 'ok') {
    throw corrupt(name, String(damage).split('\n').at(-1)!);
  }
}

function corrupt(path: string, fault: string, cause?: unknown): HoldwaitError {
  const hint = 'If it was copied, copy it again together with its -wal file, or after the capture has ended.';
  return new HoldwaitError('input', 'CAPTURE_CORRUPT', `${path} is damaged: ${fault}`, { hint, cause });
}
