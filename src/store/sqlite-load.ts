import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { errorText, fileError, HoldwaitError, type Trace } from '../trace/index.ts';
import { isSqlite, isSqliteCapture } from './formats.ts';
import { readHead, SQLITE_SIDE_FILES } from './output-file.ts';
import { readSqliteTrace } from './sqlite-read.ts';
import { SQLITE_HEADER_BYTES, SQLITE_SCHEMA_VERSION, TABLES } from './sqlite-schema.ts';

/**
 * Loads an SQLite capture, also one that is still being written or whose writer was killed. The file is not changed.
 * Rows that point nowhere or lack what their type needs are left out and counted as loss `bad_record`.
 *
 * @throws HoldwaitError (input) FILE_*, CAPTURE_FOREIGN, CAPTURE_NEWER, CAPTURE_CORRUPT
 */
export function loadSqlite(path: string): Trace {
  try {
    checkHeader(path);
    return tryLoadInPlace(path) ?? loadCopy(path);
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
    throw new HoldwaitError('input', 'FILE_ENOENT', `${path} does not exist`);
  }
  if (!isSqlite(head)) {
    throw new HoldwaitError('input', 'CAPTURE_FOREIGN', `${path} is not an SQLite file`);
  }
  if (head.length < SQLITE_HEADER_BYTES) {
    throw corrupt(path, `it is cut off after ${head.length} bytes`);
  }
  if (!isSqliteCapture(head)) {
    throw new HoldwaitError('input', 'CAPTURE_FOREIGN', `${path} is an SQLite file of another program`);
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

/** undefined = SQLite needs to write beside the file (it was not closed cleanly) and may not. */
function tryLoadInPlace(path: string): Trace | undefined {
  try {
    return loadFile(path, path);
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (/^SQLITE_(CANTOPEN|READONLY)/.test(code)) {
      return undefined;
    }
    throw error;
  }
}

function loadCopy(path: string): Trace {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-'));
  try {
    const copy = join(folder, basename(path));
    for (const suffix of ['', ...SQLITE_SIDE_FILES].filter((suffix) => existsSync(path + suffix))) {
      cpSync(path + suffix, copy + suffix);
    }
    return loadFile(copy, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param name the file as the user knows it */
function loadFile(path: string, name: string): Trace {
  const db = new Database(resolve(path), { readonly: true, fileMustExist: true });
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    // One transaction: a capture that is being written is read as it is at one moment.
    return db.transaction(() => {
      checkSchema(db, name);
      return readSqliteTrace(db);
    })();
  } finally {
    db.close();
  }
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
