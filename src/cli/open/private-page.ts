import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileError } from '../../trace/index.ts';

/**
 * A path for a page that nobody else may read: a capture tells what runs on a machine. In a new folder of this user alone,
 * whose name cannot be foreseen, below the system's folder for temporary files, which is emptied in time.
 *
 * @param file the page is named after, in letters that need no quoting
 * @throws HoldwaitError (input) FILE_*
 */
export function createPrivatePath(file: string): string {
  const parent = tmpdir();
  try {
    const folder = mkdtempSync(join(parent, 'holdwait-page-'));
    const name = basename(file, extname(file)).replace(/[^\w.-]+/g, '_');
    return join(folder, `${name.replace(/^[-.]+/, '') || 'capture'}.html`);
  } catch (error) {
    throw fileError(parent, error);
  }
}
