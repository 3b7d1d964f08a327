import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One process, and no other that is given its number later: a pid alone must never be signalled on the word of a file.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the process's start, decimal text. */
  readonly startTicks: string;
  readonly bootId: string;
}

const POLL_MS = 50;

/** undefined if there is no such process, or it has ended and waits to be collected. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const fields = readStat(pid);
  // Fields 3 (state) and 22 (start time) of proc_pid_stat(5), counted from behind the command's closing bracket.
  const state = fields?.[0];
  const startTicks = fields?.[19];
  if (startTicks === undefined || state === 'Z' || state === 'X') {
    return undefined;
  }
  return { pid, startTicks, bootId: readBootId() };
}

/** @throws Error if this process cannot be found, i.e. there is no /proc */
export function identifySelf(): ProcessIdentity {
  const self = identifyProcess(process.pid);
  if (self === undefined) {
    throw new Error('/proc does not show this process');
  }
  return self;
}

export function isRunning(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Ends the process if it is still the same one: SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs = 3_000): Promise<void> {
  signal(identity, 'SIGTERM');
  if (!(await waitForEnd(identity, graceMs))) {
    signal(identity, 'SIGKILL');
    await waitForEnd(identity, graceMs);
  }
}

export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isRunning(identity)) {
    return;
  }
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (isRunning(identity)) {
    if (performance.now() > deadlineMs) {
      return false;
    }
    await sleep(POLL_MS);
  }
  return true;
}

/** Fields from the state on; the command before them may itself contain blanks and brackets. */
function readStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
