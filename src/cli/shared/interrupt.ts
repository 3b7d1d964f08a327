import { ExitStatus } from './exit-status.ts';

/** Signals that ask a command to end: the terminal's Ctrl-C, a service manager's stop, a closed terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command that a person can end. The first signal aborts, so that what was started is taken down and what was
 * received is kept; the second leaves at once with status 130. Signals are let go when the work has settled.
 *
 * @throws an AbortError if the work failed after it was interrupted; what it failed with is the cause
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.exit(ExitStatus.interrupted);
    }
    controller.abort(abortError(`interrupted by ${name}`));
  };
  for (const name of SIGNALS) {
    process.on(name, onSignal);
  }
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? abortError(controller.signal.reason.message, error) : error;
  } finally {
    for (const name of SIGNALS) {
      process.off(name, onSignal);
    }
  }
}

function abortError(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name: 'AbortError' });
}
