import { accessSync, closeSync, constants, openSync, readSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileError, HoldwaitError } from '../trace/index.ts';

/** What openSqliteSink() and its like may do to a file that is there. */
export interface SinkOptions {
  /** Replace a capture that is there already. Anything else that is there is never touched. */
  readonly overwrite?: boolean;
}

/** Files that SQLite keeps beside a database. */
export const SQLITE_SIDE_FILES = ['-wal', '-shm', '-journal'] as const;

/**
 * Makes sure that a new capture may be written to `path`, and removes what was there if it was asked to.
 *
 * @param isCapture whether the head of an existing file is that of a capture
 * @throws HoldwaitError (usage) OUTPUT_EXISTS, OUTPUT_NOT_A_CAPTURE; (input) FILE_*
 */
export function prepareOutput(
  path: string,
  options: SinkOptions,
  isCapture: (head: Buffer) => boolean,
): void {
  checkCaptureOutput(path, options, isCapture);
  removeCapture(path);
}

/** What prepareOutput() makes sure of, and throws; nothing is changed. */
export function checkCaptureOutput(
  path: string,
  options: SinkOptions,
  isCapture: (head: Buffer) => boolean,
): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw fileError(folder, error);
  }
  try {
    const head = readHead(path);
    if (head !== undefined && head.length > 0) {
      checkOverwrite(path, options, isCapture(head));
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

/** A capture with what SQLite keeps beside it, if it is there. */
export function removeCapture(path: string): void {
  try {
    for (const suffix of ['', ...SQLITE_SIDE_FILES]) {
      rmSync(path + suffix, { force: true });
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

function checkOverwrite(path: string, { overwrite = false }: SinkOptions, isCapture: boolean): void {
  if (!isCapture) {
    const hint = 'Name another file with -o; only a capture of holdwait may be overwritten.';
    throw new HoldwaitError('usage', 'OUTPUT_NOT_A_CAPTURE', `${path} exists and is not a capture`, { hint });
  }
  if (!overwrite) {
    const hint = 'Name another file with -o, or add --force.';
    throw new HoldwaitError('usage', 'OUTPUT_EXISTS', `${path} exists already`, { hint });
  }
}

/** Enough to tell any format that is accepted. */
export const HEAD_BYTES = 65_536;

/** The first bytes of a regular file; undefined if nothing is there. */
export function readHead(path: string): Buffer | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    return undefined;
  }
  if (!stat.isFile()) {
    const what = stat.isDirectory() ? 'is a directory' : 'is not a regular file';
    throw new HoldwaitError(
      'input',
      stat.isDirectory() ? 'FILE_EISDIR' : 'FILE_NOT_REGULAR',
      `${path} ${what}`,
      { hint: 'Name a file; what comes through a pipe is read from - (standard input).' },
    );
  }
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, stat.size));
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } finally {
    closeSync(fd);
  }
}
