import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldwaitError } from '../trace/error.ts';
import { indent, lastLines, readTail } from './build-log.ts';
import { readConsoleEnd, readConsoleState, readConsoleTail } from './console-log.ts';
import { labFile } from './lab-state.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

export interface BootWatch {
  readonly name: string;
  readonly qemu: ProcessIdentity;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The console's newest line, whenever there is one. */
  readonly onConsoleLine?: (line: string) => void;
}

const POLL_MS = 100;
const BANNER_TIMEOUT_MS = 2_000;

/**
 * Resolves when the guest has printed its ready line. A panic, a start-up failure, the end of QEMU and the time limit
 * end it at once.
 *
 * @throws HoldwaitError (target) with the console's last lines
 */
export async function waitForReadyLine(watch: BootWatch): Promise<void> {
  const deadlineMs = performance.now() + watch.timeoutMs;
  for (;;) {
    // Asked before the log is read, so that QEMU's last words are in it.
    const running = isRunning(watch.qemu);
    const { readyUptimeSeconds, failure } = readConsoleState(readConsole(watch.name));
    if (readyUptimeSeconds !== undefined && running) {
      return;
    }
    if (!running) {
      throw bootError(watch.name, 'GUEST_BOOT_FAILED', failure ?? qemuFailure(watch.name));
    }
    if (performance.now() > deadlineMs) {
      const fact = `not ready after ${Math.round(watch.timeoutMs / 1000)} s`;
      throw bootError(watch.name, 'GUEST_BOOT_TIMEOUT', failure ?? fact);
    }
    const [line] = readConsoleTail(labFile(watch.name, 'console'), 1);
    if (line !== undefined) {
      watch.onConsoleLine?.(line);
    }
    await sleep(POLL_MS, undefined, { signal: watch.signal });
  }
}

/** Resolves when sshd greets on the port. QEMU accepts connections long before: only the greeting counts. */
export async function waitForSsh(watch: BootWatch, port: number): Promise<void> {
  const deadlineMs = performance.now() + watch.timeoutMs;
  while (!(await readsBanner(port))) {
    watch.signal?.throwIfAborted();
    if (!isRunning(watch.qemu)) {
      throw bootError(watch.name, 'GUEST_BOOT_FAILED', 'it ended before sshd answered');
    }
    if (performance.now() > deadlineMs) {
      throw bootError(watch.name, 'GUEST_BOOT_TIMEOUT', `sshd did not answer on port ${port}`);
    }
    await sleep(POLL_MS, undefined, { signal: watch.signal });
  }
}

function readsBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(BANNER_TIMEOUT_MS, () => settle(false));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

function readConsole(name: string): string {
  try {
    return readFileSync(labFile(name, 'console'), 'utf8');
  } catch {
    return '';
  }
}

/** What QEMU itself said last, for a guest that never got to say anything. */
function qemuFailure(name: string): string {
  const lines = lastLines(readTail(labFile(name, 'qemuLog'), 4096), 3);
  return lines.length === 0 ? 'QEMU ended' : `QEMU ended: ${lines.join('; ')}`;
}

function bootError(name: string, code: string, fact: string): HoldwaitError {
  const tail = readConsoleEnd(labFile(name, 'console'));
  const consoleText = tail.length === 0 ? 'Its console is empty.' : `Its console:\n${indent(tail)}`;
  const suffix = name === 'default' ? '' : ` --name ${name}`;
  const hint = `Whole console: holdwait lab logs${suffix}`;
  return new HoldwaitError('target', code, `The guest ${name} did not boot: ${fact}\n${consoleText}`, {
    hint,
  });
}
