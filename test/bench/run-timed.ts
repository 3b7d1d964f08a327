import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

export interface TimedRun {
  /** From before the process was started until it had ended. */
  readonly seconds: number;
  readonly stdout: string;
}

export interface TimedOptions {
  /** Exit statuses that are a success. */
  readonly accepted?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** Do not keep what it prints. */
  readonly discard?: boolean;
}

/** Runs a program in a process of its own, with nothing of this one in its memory. */
export async function runTimed(
  command: string,
  args: readonly string[],
  options: TimedOptions = {},
): Promise<TimedRun> {
  const { accepted = [0], env, discard = false } = options;
  const beganMs = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', discard ? 'ignore' : 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr!.setEncoding('utf8').on('data', (text) => (stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  const seconds = (performance.now() - beganMs) / 1000;
  if (status === null || !accepted.includes(status)) {
    throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr.slice(-2000)}`);
  }
  return { seconds, stdout: Buffer.concat(stdout).toString() };
}

/** `holdwait` as it is in this checkout. A finding is a success. */
export function runHoldwait(args: readonly string[], options: TimedOptions = {}): Promise<TimedRun> {
  const program = join(packageRoot(), 'src/cli/holdwait.js');
  return runTimed(process.execPath, [program, ...args], { accepted: [0, 1], ...options });
}

/** Seconds of `holdwait analyze FILE --json`, its start included. */
export async function timeAnalysis(path: string): Promise<number> {
  return (await runHoldwait(['analyze', path, '--json'], { discard: true })).seconds;
}
