import { cancelledError } from './target-errors.ts';

/** A time limit and an AbortSignal over several steps, which can be suspended while a person is asked something. */
export interface Deadline {
  /** The step's outcome, unless time or patience runs out first. */
  race<T>(step: Promise<T>): Promise<T>;
  /** Stops the clock until the step is over, then starts it anew. */
  suspend<T>(step: Promise<T>): Promise<T>;
  clear(): void;
}

export function startDeadline(
  name: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  explainTimeout: () => Error,
): Deadline {
  const { promise: over, reject } = Promise.withResolvers<never>();
  // Nobody may be racing at the moment it fires.
  over.catch(() => {});
  const expire = () => reject(explainTimeout());
  let timer = setTimeout(expire, timeoutMs);
  const cancel = () => reject(cancelledError(name));
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  return {
    race: (step) => Promise.race([step, over]),
    suspend: async (step) => {
      clearTimeout(timer);
      try {
        return await step;
      } finally {
        timer = setTimeout(expire, timeoutMs);
      }
    },
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    },
  };
}
