import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Watch, type WatchEnd, type WatchOptions } from '../../../src/watch/watch.ts';
import type { WatchEvent } from '../../../src/watch/watch-event.ts';
import { FakeTarget, type FakeTracer } from './fake-target.ts';

export interface TestWatch {
  readonly target: FakeTarget;
  readonly tracer: FakeTracer;
  readonly folder: string;
  readonly watch: Watch;
  readonly events: readonly WatchEvent[];
  readonly done: Promise<WatchEnd>;
  /** Resolves with the next event of that name that comes, or one that has come and was not asked for before. */
  next<K extends WatchEvent['event']>(name: K): Promise<WatchEvent & { readonly event: K }>;
  /** Resolves when the watch has taken all that was told up to that time, which a tick must have. */
  reached(atNs: number): Promise<void>;
  stop(): Promise<WatchEnd>;
}

const POLL_MS = 5;

/** A watch of a fake target, in a folder of its own that goes with the test. */
export async function startWatch(t: TestContext, options: Partial<WatchOptions> = {}): Promise<TestWatch> {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-watch-'));
  const target = new FakeTarget();
  const events: WatchEvent[] = [];
  const controller = new AbortController();
  const taken = new Set<WatchEvent>();
  const onNews = new Set<() => void>();
  const watch = new Watch({
    targetName: 'fake',
    open: target.open,
    thresholdMs: 10,
    holdwaitVersion: '0',
    analyze: {},
    suspectAfterNs: 10e9,
    folder,
    keepNs: 600e9,
    keepBytes: 2 ** 30,
    maxSaved: 5,
    rings: [],
    backoffMs: { first: 1, last: 4 },
    signal: controller.signal,
    onEvent: (event) => {
      events.push(event);
      onNews.forEach((resolve) => {
        resolve();
      });
      onNews.clear();
    },
    ...options,
  });
  const coming = target.nextTracer();
  const done = watch.run();
  const failed = new Promise<never>((_, reject) => done.catch(reject));
  failed.catch(() => {});
  t.after(async () => {
    controller.abort(new Error('the test is over'));
    await done.catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  });
  const tracer = await Promise.race([coming, done.then(() => coming)]);
  const next: TestWatch['next'] = async (name) => {
    for (;;) {
      const found = events.find((event) => event.event === name && !taken.has(event));
      if (found !== undefined) {
        taken.add(found);
        return found as WatchEvent & { readonly event: typeof name };
      }
      // A watch that ended with an error has nothing more to say.
      await Promise.race([new Promise<void>((resolve) => onNews.add(resolve)), failed]);
    }
  };
  const reached = async (atNs: number): Promise<void> => {
    while ((watch.session?.aliveNs ?? 0) < Math.round(atNs)) {
      await Promise.race([sleep(POLL_MS), failed]);
    }
  };
  const stop = (): Promise<WatchEnd> => {
    controller.abort(new Error('stopped'));
    return done;
  };
  await next('started');
  return { target, tracer, folder, watch, events, done, next, reached, stop };
}
