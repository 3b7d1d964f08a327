import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldwaitError } from '../../trace/index.ts';
import { removeIfUnfinished } from './unfinished.ts';

/** The word for standard input where a file is asked for. */
export const STDIN = '-';

/**
 * Gives `read` a path to the named file. For `-` that is a temporary copy of standard input, removed afterwards: a
 * SQLite capture can only be opened as a file, and the kind of file is told by looking into it.
 *
 * @param signal ends the copying, which waits for whoever writes
 */
export async function withInputFile<T>(
  file: string,
  signal: AbortSignal,
  read: (path: string) => Promise<T>,
): Promise<T> {
  if (file !== STDIN) {
    return read(file);
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdwait-stdin-'));
  const path = join(folder, 'standard-input');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return removeIfUnfinished(remove, async () => {
    try {
      await pipeline(process.stdin, createWriteStream(path), { signal });
      return await read(path);
    } catch (error) {
      throw nameStdin(error, path);
    } finally {
      remove();
    }
  });
}

/** The copy is gone when its error is read. */
function nameStdin(error: unknown, path: string): unknown {
  if (!(error instanceof HoldwaitError)) {
    return error;
  }
  const { category, code, message, hint } = error;
  return new HoldwaitError(category, code, message.replaceAll(path, 'standard input'), {
    cause: error,
    hint,
  });
}
