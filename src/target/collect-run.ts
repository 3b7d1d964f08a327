import type { Readable } from 'node:stream';
import type { StartedCommand } from './command-runner.ts';
import type { RunOptions, RunResult } from './target.ts';
import { cancelledError, lostError, outputTooLargeError, timeoutError } from './target-errors.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

type Start = (signal: AbortSignal) => Promise<StartedCommand>;

/**
 * Starts a command and waits for its end and output. Throws TIMEOUT, CANCELLED, OUTPUT_TOO_LARGE or CONNECTION_LOST and
 * in each case sees to it that the command ends.
 */
export async function collectRun(
  name: string,
  command: string,
  options: RunOptions,
  start: Start,
): Promise<RunResult> {
  const breaker = new AbortController();
  const cancel = () => breaker.abort(cancelledError(name));
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = setTimeout(() => breaker.abort(timeoutError(name, command, timeoutMs)), timeoutMs);
  options.signal?.addEventListener('abort', cancel, { once: true });
  if (options.signal?.aborted) cancel();
  try {
    const running = await orBroken(breaker.signal, start(breaker.signal));
    return await collectOutput(name, command, options, running, breaker);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
  }
}

async function collectOutput(
  name: string,
  command: string,
  options: RunOptions,
  running: StartedCommand,
  breaker: AbortController,
): Promise<RunResult> {
  const maxBytes = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  let bytes = 0;
  const countBytes = (more: number) => {
    bytes += more;
    if (bytes > maxBytes) throw outputTooLargeError(name, command, maxBytes);
  };
  try {
    const whole = Promise.all([
      readText(running.stdout, countBytes),
      readText(running.stderr, countBytes),
      running.done,
    ]);
    const [stdout, stderr, end] = await orBroken(breaker.signal, whole);
    if (end.lost !== undefined) throw lostError(name, end.lost);
    return { status: end.status ?? -1, stdout, stderr };
  } catch (error) {
    running.end();
    throw error;
  }
}

async function readText(stream: Readable, countBytes: (bytes: number) => void): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    countBytes(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The promise's outcome, or the signal's reason if that comes first. */
async function orBroken<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let onAbort: () => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([promise, broken]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
