import { type ChildProcess, spawn } from 'node:child_process';
import type { Ring } from './rings.ts';
import type { WatchEvent } from './watch-event.ts';

export interface CommandRingOptions {
  /** Default 60,000; then the command and all it started are killed. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const STDERR_TAIL_BYTES = 2048;
/** The kernel refuses to start a program with more than 128 KiB in one value; the whole is on the input. */
const MAX_VALUE_CHARS = 16_384;

/** Runs a command with `sh -c`, the event as JSON on its standard input, and the gist of it in its environment. */
export function createCommandRing(command: string, options: CommandRingOptions = {}): Ring {
  return {
    name: `--exec ${command.split(' ', 1)[0]}`,
    ring: (event, signal) => runCommand(command, event, options.timeoutMs ?? TIMEOUT_MS, signal),
  };
}

function runCommand(
  command: string,
  event: WatchEvent,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], {
    env: { ...process.env, ...describeInEnvironment(event) },
    stdio: ['pipe', 'ignore', 'pipe'],
    // A group of its own: all of it can be ended, and the terminal's Ctrl-C is not for it.
    detached: true,
  });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-STDERR_TAIL_BYTES);
  });
  // A command that reads nothing closes its end.
  child.stdin!.on('error', () => {});
  child.stdin!.end(`${JSON.stringify(event)}\n`);
  return new Promise((resolve, reject) => {
    const give = (reason: string) => {
      killGroup(child);
      reject(new Error(reason));
    };
    const timer = setTimeout(() => give(`it did not end within ${timeoutMs / 1000} s`), timeoutMs);
    const onAbort = () => give('the watch ended');
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    // Not `close`: what it leaves running may keep its standard error open.
    child.on('exit', (status, killedBy) => {
      settle();
      if (status === 0) {
        resolve();
      } else {
        reject(new Error(describeEnd(status, killedBy, said)));
      }
    });
  });
}

function describeInEnvironment(event: WatchEvent): Record<string, string> {
  const found = 'analysis' in event ? event : undefined;
  const values: Record<string, string> = {
    HOLDWAIT_EVENT: event.event,
    HOLDWAIT_TARGET: event.target,
    HOLDWAIT_AT: event.at,
    HOLDWAIT_ID: 'id' in event ? event.id : '',
    HOLDWAIT_CAPTURE: 'capture' in event ? event.capture : '',
    HOLDWAIT_SIGNATURE: found?.signature ?? '',
    HOLDWAIT_TASKS: found?.tasks.join(' ') ?? '',
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.slice(0, MAX_VALUE_CHARS)]),
  );
}

function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

function describeEnd(status: number | null, killedBy: NodeJS.Signals | null, said: string): string {
  const how = status === null ? `it was ended by ${killedBy}` : `it ended with status ${status}`;
  const last = said.trim().split('\n').at(-1);
  return last ? `${how}: ${last}` : how;
}
