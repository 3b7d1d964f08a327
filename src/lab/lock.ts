import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifySelf, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once if another process has the lock; throwing gives up instead of waiting. */
  readonly onBusy?: (holder: ProcessIdentity) => void;
}

const POLL_MS = 200;

/**
 * Runs the work while a file names this process as the lock's holder. A lock whose holder has ended is taken over, so a
 * crash leaves nothing to clean up.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  await acquire(path, options);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path: string, { signal, onBusy }: LockOptions): Promise<void> {
  const mine = `${path}.${process.pid}.${performance.now()}`;
  writeFileSync(mine, JSON.stringify(identifySelf()));
  try {
    for (let told = false; !tryLink(mine, path); ) {
      const holder = readHolder(path);
      if (holder === 'gone') {
        continue;
      }
      if (holder === 'broken' || !isRunning(holder)) {
        removeStale(path, `${mine}.stale`);
        continue;
      }
      if (!told) {
        onBusy?.(holder);
        told = true;
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A link appears with its content in place, which a file opened with O_EXCL does not. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function readHolder(path: string): ProcessIdentity | 'gone' | 'broken' {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : 'broken';
  }
}

/** Another process may have taken the stale lock over in between; then what was moved away is put back. */
function removeStale(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const holder = readHolder(aside);
  if (holder !== 'gone' && holder !== 'broken' && isRunning(holder)) {
    tryLink(aside, path);
  }
  rmSync(aside, { force: true });
}
