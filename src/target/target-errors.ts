import { HoldwaitError } from '../trace/error.ts';

/** Throws the CANCELLED error if the signal has fired. */
export function throwIfCancelled(name: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError(name);
}

export function cancelledError(name: string): HoldwaitError {
  return new HoldwaitError('target', 'CANCELLED', `${name}: cancelled`, { hint: undefined });
}

export function lostError(name: string, lost: string): HoldwaitError {
  return new HoldwaitError('target', 'CONNECTION_LOST', `${name}: ${lost}`, {
    hint: `check that the machine still answers: holdwait doctor ${name}`,
  });
}

export function timeoutError(name: string, command: string, timeoutMs: number): HoldwaitError {
  return new HoldwaitError(
    'target',
    'TIMEOUT',
    `${name}: no end of "${shorten(command)}" within ${timeoutMs / 1000} s`,
    { hint: `see whether the machine still answers: holdwait doctor ${name}` },
  );
}

export function outputTooLargeError(name: string, command: string, maxOutputBytes: number): HoldwaitError {
  return new HoldwaitError(
    'target',
    'OUTPUT_TOO_LARGE',
    `${name}: "${shorten(command)}" printed more than ${maxOutputBytes} bytes`,
    { hint: 'run it there by hand to see what it prints' },
  );
}

function shorten(command: string): string {
  const line = command.replaceAll(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
