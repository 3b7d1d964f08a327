import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { withLock } from '../../lab/lock.ts';
import { fileError, HoldwaitError } from '../../trace/index.ts';

/** Where a watch of the target keeps its files unless it is told: the XDG state folder. */
export function defaultWatchFolder(
  target: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const state = env.XDG_STATE_HOME;
  // The XDG specification: a relative path counts as unset.
  const base = state !== undefined && isAbsolute(state) ? state : join(homedir(), '.local/state');
  return join(base, 'holdwait', 'watch', target.replace(/[^\w.@-]+/g, '-'));
}

/**
 * Makes the folder and keeps it for this process while the work is done.
 *
 * @throws HoldwaitError (usage) WATCH_FOLDER_BUSY; (input) FILE_*
 */
export async function withWatchFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError(folder, error);
  }
  const onBusy = ({ pid }: { readonly pid: number }): never => {
    throw new HoldwaitError('usage', 'WATCH_FOLDER_BUSY', `process ${pid} watches into ${folder}`, {
      hint: 'Give this watch a folder of its own with -o.',
    });
  };
  return withLock(join(folder, '.lock'), { onBusy }, work);
}
