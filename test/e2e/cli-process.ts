import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package-root.ts';

/** The real command line in a process of its own, without a terminal. */
export interface CliProcess {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  readonly done: Promise<CliEnd>;
  kill(signal: NodeJS.Signals): void;
  /** Waits until standard error matches; fails if the process ends before. */
  said(pattern: RegExp): Promise<void>;
  /** The same of standard output; the match. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface CliEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const POLL_MS = 50;
/** Far beyond anything that is waited for: a test that waits for ever says nothing. */
const PATIENCE_MS = 300_000;

/** What it leaves running is ended by `cleanUp`, which is to be called after each test. */
export function startCli(args: readonly string[], cleanUp: (work: () => void) => void): CliProcess {
  const { FORCE_COLOR: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const child = spawn(process.execPath, [join(packageRoot(), 'src/cli/holdwait.js'), ...args], {
    env: { ...env, HOLDWAIT_CONFIG: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanUp(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  let ended = false;
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const done = new Promise<CliEnd>((resolve, reject) => {
    child.on('error', reject).on('close', (status, signal) => {
      ended = true;
      resolve({ status, signal, stdout, stderr });
    });
  });
  const untilMatch = async (pattern: RegExp, text: () => string): Promise<RegExpExecArray> => {
    const beganMs = performance.now();
    for (;;) {
      const match = pattern.exec(text());
      if (match !== null) {
        return match;
      }
      if (ended) {
        throw new Error(`ended without saying ${pattern}: ${stderr}`);
      }
      if (performance.now() - beganMs > PATIENCE_MS) {
        throw new Error(`did not say ${pattern}: ${stderr}`);
      }
      await sleep(POLL_MS);
    }
  };
  return {
    pid: child.pid!,
    hasEnded: () => ended,
    done,
    kill: (signal) => void child.kill(signal),
    said: async (pattern) => void (await untilMatch(pattern, () => stderr)),
    printed: (pattern) => untilMatch(pattern, () => stdout),
  };
}
