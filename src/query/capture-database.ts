import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  type Analysis,
  type AnalyzeOptions,
  collectSpans,
  cycleHandle,
  functionName,
  type OnSourceProgress,
} from '../../analysis/index.ts';
import { joinFrames } from '../store/arrow-schema.ts';
import { fileError, HoldwaitError, type Loss, type TraceSource, type TraceTables } from '../trace/index.ts';
import { CREATE_DATABASE, CREATE_INDEXES } from './database-schema.ts';
import { storeEvents } from './event-store.ts';
import { SpanStore } from './span-store.ts';

export interface DatabaseOptions {
  readonly analyze?: AnalyzeOptions;
  /** Whether the view `events` is asked about; it is empty otherwise. */
  readonly withEvents?: boolean;
}

/** What reads the database. */
export interface DatabaseReader {
  close(): unknown;
}

/**
 * Makes a temporary SQLite database with the views of a capture (views.ts). Memory does not grow with the capture's
 * events, the disk's use does. The file loses its name as soon as it is open where it is to be read, so that it is gone with
 * the last process that has it open, however that ends.
 *
 * @param openReader opens the database at a path, where it is still empty, and reads nothing yet
 * @returns the reader, with the database complete
 * @throws HoldwaitError (input) what reading throws; FILE_*, QUERY_SPACE where the temporary folder has no room; what
 * onProgress and openReader throw
 */
export async function openCaptureDatabase<R extends DatabaseReader>(
  source: TraceSource,
  options: DatabaseOptions,
  onProgress: OnSourceProgress,
  openReader: (path: string) => R | Promise<R>,
): Promise<R> {
  let reader: R | undefined;
  try {
    const opened = await openNameless(openReader);
    reader = opened.reader;
    await fillDatabase(opened.db, source, options, onProgress);
    return reader;
  } catch (error) {
    await reader?.close();
    throw error instanceof Database.SqliteError ? spaceError(error) : error;
  }
}

async function openNameless<R>(
  openReader: (path: string) => R | Promise<R>,
): Promise<{ readonly db: Database.Database; readonly reader: R }> {
  const folder = createFolder();
  const path = join(folder, 'capture.db');
  let db: Database.Database | undefined;
  try {
    db = new Database(path);
    return { db, reader: await openReader(path) };
  } catch (error) {
    db?.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function createFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'holdwait-query-'));
  } catch (error) {
    throw fileError(tmpdir(), error);
  }
}

function spaceError(error: Error): HoldwaitError {
  const message = `the temporary database in ${tmpdir()} cannot be written: ${error.message}`;
  return new HoldwaitError('input', 'QUERY_SPACE', message, {
    hint: 'Set TMPDIR to a folder on a disk with more room.',
    cause: error,
  });
}

/** Closes it, too. */
async function fillDatabase(
  db: Database.Database,
  source: TraceSource,
  options: DatabaseOptions,
  onProgress: OnSourceProgress,
): Promise<void> {
  try {
    // A journal on disk would need the name; it holds what was there before, which is nothing. (OFF is not done: the
    // driver has SQLite defend itself against it.) Nobody reads the database before it is complete.
    db.pragma('journal_mode = MEMORY');
    db.pragma('synchronous = OFF');
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec(CREATE_DATABASE);
    db.exec('BEGIN');
    await storeSpans(db, source, options, onProgress);
    if (options.withEvents) {
      await storeEvents(db, source, onProgress);
    }
    db.exec(CREATE_INDEXES);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}

async function storeSpans(
  db: Database.Database,
  source: TraceSource,
  { analyze }: DatabaseOptions,
  onProgress: OnSourceProgress,
): Promise<void> {
  const { analysis, sink, tables, rest } = await collectSpans(
    source,
    { ...analyze, orders: false, waitTimes: false },
    () => new SpanStore(db),
    onProgress,
  );
  sink.finish(tables);
  storeNames(db, tables);
  storeLosses(db, rest.losses);
  storeCycles(db, analysis);
}

function storeNames(
  db: Database.Database,
  { resources, stacks }: Pick<TraceTables, 'resources' | 'stacks'>,
): void {
  const resource = db.prepare('INSERT INTO internal_resource VALUES (?, ?, ?, ?)');
  for (let i = 0; i < resources.size; i++) {
    resource.run(i, resources.kind(i), resources.id(i), resources.label(i) ?? null);
  }
  const stack = db.prepare('INSERT INTO internal_stack VALUES (?, ?, ?)');
  for (let i = 0; i < stacks.size; i++) {
    const frames = stacks.get(i);
    stack.run(i, joinFrames(frames), joinFrames(frames.map(functionName).reverse()));
  }
}

function storeLosses(db: Database.Database, losses: readonly Loss[]): void {
  const insert = db.prepare('INSERT INTO internal_loss VALUES (?, ?, ?)');
  for (const { tsNs, count, reason } of losses) {
    insert.run(tsNs, count, reason);
  }
}

function storeCycles(db: Database.Database, { cycles }: Analysis): void {
  const insert = db.prepare('INSERT INTO internal_cycle_edge VALUES (?, ?, ?, ?, ?, ?)');
  for (const [position, { edges }] of cycles.entries()) {
    for (const { waiter, sinceNs, resource, blocker } of edges) {
      insert.run(waiter, sinceNs, resource.kind, resource.id, blocker, cycleHandle(position));
    }
  }
}
