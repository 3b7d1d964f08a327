/**
 * A child process: a watch that is told of so many waits (its argument), each for a resource never seen before, by tasks
 * whose numbers come back, and says what it found and what memory it took on the way. Needs --expose-gc.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Watch } from '../../../src/watch/watch.ts';
import type { WatchEvent } from '../../../src/watch/watch-event.ts';
import { FakeTarget, type FakeTracer } from './fake-target.ts';

const S = 1e9;
const WAIT_NS = 1e6;
/** What is told before the watch is waited for. */
const ROUND = 5_000;

const waits = Number(process.argv[2]);
const SAMPLE_EVERY = Math.max(1, Math.floor(waits / ROUND / 10));
const folder = mkdtempSync(join(tmpdir(), 'holdwait-long-'));
const target = new FakeTarget();
const found: WatchEvent[] = [];
const controller = new AbortController();
const watch = new Watch({
  targetName: 'fake',
  open: target.open,
  thresholdMs: 10,
  holdwaitVersion: '0',
  analyze: { hangThresholdNs: Number.MAX_SAFE_INTEGER },
  suspectAfterNs: 10 * S,
  folder,
  keepNs: 20 * S,
  keepBytes: 2 ** 26,
  maxSaved: 2,
  rings: [],
  signal: controller.signal,
  onEvent: (event) => {
    if ('analysis' in event) {
      found.push(event);
    }
  },
});

const coming = target.nextTracer();
const done = watch.run();
const tracer = await coming;
const heapBytes: number[] = [];
let atNs = 1 * S;
// One half of a ring is open all the time.
tracer.wait(1, 'a', atNs, atNs + WAIT_NS, 2);
for (let told = 0; told < waits; told += ROUND) {
  tracer.together(() => tellRound(tracer, told));
  await reach(tracer);
  if ((told / ROUND) % SAMPLE_EVERY === SAMPLE_EVERY - 1) {
    globalThis.gc!();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    heapBytes.push(heapUsed + arrayBuffers);
  }
}
tracer.wait(2, 'b', atNs, atNs + WAIT_NS, 1);
for (; found.length === 0; atNs += S) {
  await reach(tracer);
}
controller.abort(new Error('over'));
await done;
rmSync(folder, { recursive: true });
process.stdout.write(
  JSON.stringify({
    heapBytes,
    found: found.map(({ event }) => event),
    tasks: 'tasks' in found[0]! && found[0].tasks,
  }),
);

function tellRound(to: FakeTracer, from: number): void {
  for (let i = from; i < from + ROUND; i++, atNs += WAIT_NS) {
    const res = (0xffff_0000_0000 + i * 64).toString(16);
    // Every other wait names an owner that is seen never again, and one in a hundred loses its end.
    const owner = i % 2 === 0 ? 100_000 + (i % 100_000) : undefined;
    to.wait(1000 + (i % 30_000), res, atNs, atNs + WAIT_NS / 4, owner);
    if (i % 100 !== 0) {
      to.got(1000 + (i % 30_000), res, atNs + WAIT_NS / 2);
    }
  }
}

async function reach(to: FakeTracer): Promise<void> {
  to.tick(atNs);
  while ((watch.session?.aliveNs ?? 0) < atNs) {
    await sleep(1);
  }
}
