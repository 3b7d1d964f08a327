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

export interface CaptureDatabase {
  readonly path: string;
  /** Removes it. To be called whatever happened. */
  close(): void;
}

/**
 * Makes a temporary SQLite database with the views of a capture (views.ts), in a folder of its own. Memory does not grow
 * with the capture's events, the disk's use does.
 *
 * @throws HoldwaitError (input) what reading throws; FILE_*, QUERY_SPACE where the temporary folder has no room; what
 * onProgress throws
 */
export async function openCaptureDatabase(
  source: TraceSource,
  options: DatabaseOptions,
  onProgress: OnSourceProgress,
): Promise<CaptureDatabase> {
  const folder = createFolder();
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Whoever does not wait for the end (a second Ctrl-C) must not leave gigabytes behind.
  process.once('exit', remove);
  const close = () => {
    process.off('exit', remove);
    remove();
  };
  try {
    const path = join(folder, 'capture.db');
    await buildDatabase(path, source, options, onProgress);
    return { path, close };
  } catch (error) {
    close();
    throw error instanceof Database.SqliteError ? spaceError(error) : error;
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

async function buildDatabase(
  path: string,
  source: TraceSource,
  options: DatabaseOptions,
  onProgress: OnSourceProgress,
): Promise<void> {
  const db = new Database(path);
  try {
    // Nobody else reads it, and nothing of it is worth saving.
    db.pragma('journal_mode = OFF');
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
  const resource = db.prepare('INSERT INTO resource VALUES (?, ?, ?, ?)');
  for (let i = 0; i < resources.size; i++) {
    resource.run(i, resources.kind(i), resources.id(i), resources.label(i) ?? null);
  }
  const stack = db.prepare('INSERT INTO stack VALUES (?, ?, ?)');
  for (let i = 0; i < stacks.size; i++) {
    const frames = stacks.get(i);
    stack.run(i, joinFrames(frames), joinFrames(frames.map(functionName).reverse()));
  }
}

function storeLosses(db: Database.Database, losses: readonly Loss[]): void {
  const insert = db.prepare('INSERT INTO loss VALUES (?, ?, ?)');
  for (const { tsNs, count, reason } of losses) {
    insert.run(tsNs, count, reason);
  }
}

function storeCycles(db: Database.Database, { cycles }: Analysis): void {
  const insert = db.prepare('INSERT INTO cycle_edge VALUES (?, ?, ?, ?, ?, ?)');
  for (const [position, { edges }] of cycles.entries()) {
    for (const { waiter, sinceNs, resource, blocker } of edges) {
      insert.run(waiter, sinceNs, resource.kind, resource.id, blocker, cycleHandle(position));
    }
  }
}
