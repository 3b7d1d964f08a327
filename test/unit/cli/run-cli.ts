import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs the real command line in a process of its own, without a terminal. */
export function runCli(args: readonly string[], input = '', env: Environment = {}): Promise<CliResult> {
  return runNode([join(packageRoot(), 'src/cli/holdwait.js'), ...args], input, env);
}

export function runNode(args: readonly string[], input = '', more: Environment = {}): Promise<CliResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CliResult>();
  const { FORCE_COLOR: _, ...inherited } = process.env;
  // The configuration of who runs the tests is not what they are about.
  const env = { ...inherited, HOLDWAIT_CONFIG: '', ...more };
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const result = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (result.stderr += text));
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => {}).end(input);
  child.on('error', reject).on('close', (status) => resolve({ status, ...result }));
  return promise;
}
