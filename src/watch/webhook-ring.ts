import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../trace/index.ts';
import type { Ring } from './rings.ts';

export interface WebhookRingOptions {
  /** Of one attempt; default 10,000. */
  readonly timeoutMs?: number;
  /** Before each attempt after the first. */
  readonly backoffMs?: readonly number[];
}

const TIMEOUT_MS = 10_000;
const BACKOFF_MS = [1_000, 4_000, 16_000];
/** Answers that ask to come again. */
const TRY_AGAIN = [408, 425, 429];

/** Posts the event as JSON; comes again when the server cannot be reached or says that it has trouble. */
export function createWebhookRing(url: URL, options: WebhookRingOptions = {}): Ring {
  const { timeoutMs = TIMEOUT_MS, backoffMs = BACKOFF_MS } = options;
  return {
    // What follows the host is often a secret.
    name: `--webhook ${url.origin}`,
    ring: async (event, signal) => {
      const body = JSON.stringify(event);
      for (let attempt = 0; ; attempt++) {
        const failure = await tryPost(url, body, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
        if (failure === undefined) {
          return;
        }
        const waitMs = failure.final || signal.aborted ? undefined : backoffMs[attempt];
        if (waitMs === undefined) {
          throw new Error(attempt === 0 ? failure.text : `${failure.text}, after ${attempt + 1} attempts`);
        }
        await sleep(waitMs, undefined, { signal });
      }
    },
  };
}

interface Failure {
  readonly text: string;
  /** Another attempt would end the same. */
  readonly final: boolean;
}

async function tryPost(url: URL, body: string, signal: AbortSignal): Promise<Failure | undefined> {
  try {
    const headers = { 'content-type': 'application/json', 'user-agent': 'holdwait' };
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    await response.body?.cancel();
    if (response.ok) {
      return undefined;
    }
    const { status, statusText } = response;
    return {
      text: `the server answered ${status} ${statusText}`.trimEnd(),
      final: status < 500 && !TRY_AGAIN.includes(status),
    };
  } catch (error) {
    const { cause } = error as Error;
    return { text: errorText(cause ?? error), final: false };
  }
}
