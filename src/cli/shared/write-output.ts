import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileError, HoldwaitError } from '../../trace/index.ts';
import { removeIfUnfinished } from './unfinished.ts';

/** The word for standard output where a file is asked for. */
export const STDOUT = '-';

export interface OutputOptions {
  /** Replace a file that is there already. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Writes a file piece by piece: whole or not at all, under another name until it is complete. `-` is standard output; what
 * is there and is no file (a pipe, /dev/null) is written as it is.
 *
 * @throws HoldwaitError (usage) OUTPUT_EXISTS; (input) FILE_*
 */
export async function writeOutput(
  output: string,
  pieces: AsyncIterable<string | Uint8Array>,
  options: OutputOptions = {},
): Promise<void> {
  if (output === STDOUT) {
    await pipeline(Readable.from(pieces), process.stdout, { end: false, signal: options.signal }).catch(
      ignoreClosedPipe,
    );
    return;
  }
  if (!checkOutput(output, options)) {
    await writeFile(output, output, pieces, options);
    return;
  }
  await withPartial(
    output,
    (path) => rmSync(path, { force: true }),
    (path) => writeFile(path, output, pieces, options),
  );
}

/**
 * Gives `write` the name under which a file is written until it is complete, and has that removed if it does not come to
 * that.
 *
 * @param remove as removeIfUnfinished() takes it
 */
export function withPartial<T>(
  output: string,
  remove: (path: string) => void,
  write: (path: string) => Promise<T>,
): Promise<T> {
  const path = `${output}.partial-${process.pid}`;
  return removeIfUnfinished(
    () => remove(path),
    () => write(path),
  );
}

/** @param path as withPartial() gives it, or the output itself */
async function writeFile(
  path: string,
  output: string,
  pieces: AsyncIterable<string | Uint8Array>,
  { signal }: OutputOptions,
): Promise<void> {
  const isPartial = path !== output;
  try {
    const file = createWriteStream(path, { flags: isPartial ? 'wx' : 'w' });
    // Before anything is read for it: a place that cannot be written to is said at once.
    await once(file, 'open');
    await pipeline(Readable.from(pieces), file, { signal });
    if (isPartial) {
      renameSync(path, output);
    }
  } catch (error) {
    throw renamed(error, path, output);
  }
}

/**
 * Whether the output is to be a regular file: not standard output, no pipe.
 *
 * @throws HoldwaitError as writeOutput()
 */
export function checkOutput(output: string, { force = false }: OutputOptions): boolean {
  if (output === STDOUT) {
    return false;
  }
  const there = tryStat(output);
  if (there?.isDirectory()) {
    throw new HoldwaitError('input', 'FILE_EISDIR', `${output} is a directory`, {
      hint: 'Name a file in it.',
    });
  }
  if (there?.isFile() && !force) {
    throw new HoldwaitError('usage', 'OUTPUT_EXISTS', `${output} exists already`, {
      hint: 'Name another file, or add --force.',
    });
  }
  return there === undefined || there.isFile();
}

/**
 * Two names may be of one file: writing the one would end the other.
 *
 * @param option that names the output
 * @throws HoldwaitError (usage) OUTPUT_IS_INPUT
 */
export function refuseInput(input: string, output: string, option = '-o'): void {
  if (output === STDOUT) {
    return;
  }
  const [one, other] = [tryStat(input), tryStat(output)];
  if (one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev) {
    throw new HoldwaitError('usage', 'OUTPUT_IS_INPUT', `${output} is the capture itself`, {
      hint: `Name another file with ${option}.`,
    });
  }
}

/**
 * A capture is not written one byte after the other: there is no `-` for it.
 *
 * @param output undefined if none was named
 * @throws HoldwaitError (usage) OUTPUT_NOT_A_STREAM
 */
export function refuseStdout(output: string | undefined, hint = 'Name a file with -o.'): void {
  if (output === STDOUT) {
    throw new HoldwaitError('usage', 'OUTPUT_NOT_A_STREAM', 'a capture cannot go to standard output', {
      hint,
    });
  }
}

function tryStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Errors of the output are told with the name that was asked for; those of the input have been. */
function renamed(error: unknown, path: string, output: string): unknown {
  const { path: at, syscall } = error as NodeJS.ErrnoException;
  return at === path || syscall === 'write' ? fileError(output, error) : error;
}

/** `| head` has seen enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
}
