import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { guardProcess } from './guard.ts';
import { identifyProcess } from './process-identity.ts';

export interface RunLoggedOptions {
  readonly cwd: string;
  /** Both outputs are appended to this file. */
  readonly logPath: string;
  readonly signal?: AbortSignal;
}

const KILL_AFTER_MS = 10_000;

/**
 * Runs a program to its end with its output in a file, and resolves with its exit status (128 + n for a signal is not
 * imitated: a signal is status -1). Aborting, like the end of this process, ends everything the program started, too.
 *
 * @throws the signal's reason if aborted; ENOENT if there is no such program
 */
export async function runLogged(
  program: string,
  args: readonly string[],
  { cwd, logPath, signal }: RunLoggedOptions,
): Promise<number> {
  signal?.throwIfAborted();
  const log = openSync(logPath, 'a');
  // Leader of a process group, so that one signal reaches the helpers that mmdebstrap starts.
  const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = once(child, 'close');
  const leader = child.pid === undefined ? undefined : identifyProcess(child.pid);
  const guard = leader && guardProcess(leader);
  const stop = (): void => void endGroup(child.pid);
  signal?.addEventListener('abort', stop);
  try {
    const [status] = await ended;
    signal?.throwIfAborted();
    return status ?? -1;
  } finally {
    signal?.removeEventListener('abort', stop);
    guard?.release();
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) {
    return;
  }
  killGroup(pid, 'SIGTERM');
  setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS).unref();
}

function killGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // The group is gone already.
  }
}
