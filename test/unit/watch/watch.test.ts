import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { analyzeTrace } from '../../../analysis/index.ts';
import { loadCapture } from '../../../src/store/index.ts';
import type { FakeTracer } from './fake-target.ts';
import { startWatch, type TestWatch } from './watch-fixture.ts';

const MS = 1e6;
const S = 1e9;

/** Two tasks, each waiting for the mutex of the other; the second wait closes it at 2 s. */
function closeRing(tracer: FakeTracer, atNs = 2.1 * S): void {
  tracer.wait(1, 'a', 1 * S, 1.1 * S, 2);
  tracer.wait(2, 'b', 2 * S, atNs, 1);
}

/** Says that nothing has changed, time and again, until the work is done. */
async function tickUntil<T>(tracer: FakeTracer, fromNs: number, work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  for (let atNs = fromNs; !over; atNs += 100 * MS) {
    tracer.tick(atNs);
    await sleep(20);
  }
  return done;
}

/** Says that it is that time, and waits until the watch knows. */
async function tick(watch: TestWatch, atNs: number, tracer = watch.tracer): Promise<void> {
  tracer.tick(atNs);
  await watch.reached(atNs);
}

function said(watch: TestWatch): string[] {
  return watch.events.map(({ event }) => event).filter((event) => event !== 'status');
}

describe('a watch', { timeout: 60_000 }, () => {
  it('says a deadlock once it has been seen standing, with who is in it and what led up to it', async (t) => {
    const watch = await startWatch(t);
    closeRing(watch.tracer);
    const found = await tickUntil(watch.tracer, 2.2 * S, watch.next('deadlock'));
    assert.deepEqual([found.id, found.tasks, found.closedNs], ['f-1', [1, 2], 2 * S]);
    assert.ok(found.saidNs >= 2.35 * S, `said at ${found.saidNs}`);
    assert.equal(found.latencyMs, (found.saidNs - found.closedNs) / MS);
    assert.equal(found.unconfirmed, undefined);
    assert.equal(found.analysis.verdict, 'deadlock');
    assert.equal(found.analysis.tasks['1']?.name, 'task1:1');
    const saved = await watch.next('saved');
    assert.equal(saved.error, undefined);
    assert.equal(saved.capture, found.capture);
    await assertSameFinding(found.capture, found.analysis.cycles);
    assert.deepEqual(await watch.stop(), { findings: 1, connected: true });
  });

  it('says nothing of a cycle that is over before it could be confirmed', async (t) => {
    const watch = await startWatch(t);
    closeRing(watch.tracer);
    await tick(watch, 2.2 * S);
    watch.tracer.got(2, 'b', 2.3 * S);
    for (let atNs = 2.3 * S; atNs < 4 * S; atNs += 300 * MS) {
      await tick(watch, atNs);
    }
    assert.deepEqual(await watch.stop(), { findings: 0, connected: true });
    assert.deepEqual(said(watch), ['started']);
  });

  it('says it when it is over, and never twice while it lasts', async (t) => {
    const watch = await startWatch(t);
    closeRing(watch.tracer);
    await tickUntil(watch.tracer, 2.2 * S, watch.next('deadlock'));
    for (let i = 0; i < 30; i++) {
      const atNs = (4 + i / 5) * S;
      watch.tracer.wait(1, 'a', 1 * S, atNs, 2);
      watch.tracer.wait(3 + i, 'a', 3 * S, atNs, 2);
      await tick(watch, atNs);
    }
    watch.tracer.got(2, 'b', 11 * S);
    const over = await tickUntil(watch.tracer, 12.1 * S, watch.next('resolved'));
    assert.deepEqual([over.id, over.was, over.reason], ['f-1', 'deadlock', 'ended']);
    await watch.stop();
    assert.equal(said(watch).filter((event) => event === 'deadlock').length, 1);
  });

  it('says a cycle that is only suspected when it has stood for longer', async (t) => {
    const watch = await startWatch(t, { suspectAfterNs: 5 * S });
    watch.tracer.wait(1, 'a', 1 * S, 1.1 * S, 2);
    watch.tracer.hint(2, 'b', 2 * S, 2.1 * S, 1);
    for (let atNs = 2.2 * S; atNs < 6.9 * S; atNs += 0.5 * S) {
      await tick(watch, atNs);
    }
    assert.deepEqual(said(watch), ['started']);
    const found = await tickUntil(watch.tracer, 7 * S, watch.next('suspected'));
    assert.equal(found.analysis.verdict, 'suspected');
    await watch.stop();
  });

  it('says that a suspected cycle is a deadlock after all', async (t) => {
    const watch = await startWatch(t, { suspectAfterNs: 1 * S });
    watch.tracer.wait(1, 'a', 1 * S, 1.1 * S, 2);
    watch.tracer.hint(2, 'b', 2 * S, 2.1 * S, 1);
    await tickUntil(watch.tracer, 2.2 * S, watch.next('suspected'));
    watch.tracer.wait(1, 'a', 1 * S, 20 * S, 3);
    watch.tracer.wait(3, 'c', 19 * S, 20 * S, 1);
    const found = await tickUntil(watch.tracer, 20.1 * S, watch.next('deadlock'));
    assert.deepEqual(found.tasks, [1, 3]);
    assert.equal((await watch.next('resolved')).was, 'suspected');
    await watch.stop();
  });

  it('says a hang once, whoever else piles up behind it, and its end', async (t) => {
    const watch = await startWatch(t, { analyze: { hangThresholdNs: 5 * S } });
    watch.tracer.wait(1, 'a', 1 * S, 1.1 * S, 9);
    await tick(watch, 5.9 * S);
    assert.deepEqual(said(watch), ['started']);
    const found = await tickUntil(watch.tracer, 6.3 * S, watch.next('hang'));
    assert.deepEqual([found.tasks, found.closedNs, found.analysis.verdict], [[1], 1 * S, 'hang']);
    watch.tracer.wait(2, 'a', 12 * S, 12.1 * S, 9);
    await tick(watch, 18 * S);
    watch.tracer.got(1, 'a', 20 * S);
    await tick(watch, 21 * S);
    assert.deepEqual(
      watch.watch.standing.map(({ tasks }) => tasks),
      [[1, 2]],
    );
    watch.tracer.got(2, 'a', 22 * S);
    await tickUntil(watch.tracer, 23 * S, watch.next('resolved'));
    await watch.stop();
    assert.equal(said(watch).filter((event) => event === 'hang').length, 1);
  });

  it('says what it saw last, unconfirmed, when the tracer dies with it', async (t) => {
    const watch = await startWatch(t);
    closeRing(watch.tracer);
    await watch.reached(2.1 * S);
    watch.tracer.leave({ status: undefined, lost: 'connection reset' });
    const found = await watch.next('deadlock');
    assert.equal(found.unconfirmed, true);
    assert.equal((await watch.next('saved')).error, undefined);
    await watch.stop();
  });

  it('ends at the first finding if it is to, and when everything is saved', async (t) => {
    const watch = await startWatch(t, { untilFinding: true });
    closeRing(watch.tracer);
    const end = await tickUntil(watch.tracer, 2.2 * S, watch.done);
    assert.deepEqual(end, { findings: 1, connected: true });
    assert.equal(watch.events.at(-1)?.event, 'saved');
    assert.equal(watch.tracer.interrupts, 1);
  });

  it('ends after its time', async (t) => {
    const watch = await startWatch(t, { durationMs: 1 });
    assert.deepEqual(await watch.done, { findings: 0, connected: true });
  });

  it('throws what keeps it from beginning', async (t) => {
    await assert.rejects(
      startWatch(t, { open: () => Promise.reject(new Error('no such host')) }),
      /no such host/,
    );
  });
});

describe('the window of a watch', { timeout: 60_000 }, () => {
  it('keeps what is older than itself and still open, in new tables as well', async (t) => {
    const watch = await startWatch(t, { keepNs: 10 * S, analyze: { hangThresholdNs: 3600 * S } });
    const { tracer } = watch;
    tracer.wait(1, 'a', 1 * S, 1.1 * S, 2);
    // Every second a piece of its own, each with other resources.
    for (let i = 2; i < 40; i++) {
      tracer.wait(100 + i, `${i}f`, (i + 0.1) * S, (i + 0.2) * S, 99);
      tracer.got(100 + i, `${i}f`, (i + 0.3) * S);
      await tick(watch, (i + 1) * S);
    }
    assert.ok(watch.watch.window.fileCount <= 13, `${watch.watch.window.fileCount} pieces`);
    tracer.wait(2, 'b', 41 * S, 41.1 * S, 1);
    const found = await tickUntil(tracer, 41.2 * S, watch.next('deadlock'));
    assert.deepEqual(found.tasks, [1, 2]);
    assert.equal(found.analysis.cycles[0]!.edges[0]!.sinceNs, 1 * S);
    assert.equal((await watch.next('saved')).error, undefined);
    const trace = await assertSameFinding(found.capture, found.analysis.cycles);
    const ids = Array.from({ length: trace.resources.size }, (_, i) => trace.resources.id(i));
    assert.ok(ids.includes('0x38f') && !ids.includes('0x3f'), ids.join());
    await watch.stop();
  });

  it('is bounded in bytes as well, and so are the saved captures in number', async (t) => {
    const watch = await startWatch(t, { keepBytes: 600_000, maxSaved: 2 });
    const { tracer } = watch;
    for (let i = 0; i < 60; i++) {
      for (let k = 0; k < 40; k++) {
        const res = `${i}${k}`;
        tracer.wait(1000 + k, res, (i + 0.1) * S, (i + 0.2) * S, 99);
        tracer.got(1000 + k, res, (i + 0.3) * S);
      }
      if (i % 15 === 0) {
        tracer.wait(10 + i, 'a0', (i + 0.3) * S, (i + 0.31) * S, 11 + i);
        tracer.wait(11 + i, 'b0', (i + 0.3) * S, (i + 0.31) * S, 10 + i);
        await tickUntil(tracer, (i + 0.4) * S, watch.next('deadlock'));
        await watch.next('saved');
        tracer.got(10 + i, 'a0', (i + 0.9) * S);
        tracer.got(11 + i, 'b0', (i + 0.9) * S);
      }
      await tick(watch, (i + 0.95) * S);
    }
    const { window } = watch.watch;
    assert.ok(window.sizeBytes() <= 1_000_000, `${window.sizeBytes()} bytes`);
    await watch.stop();
    const files = readdirSync(watch.folder);
    assert.deepEqual(
      files.filter((name) => name.startsWith('deadlock')).map((name) => name.replace(/.*Z-/, '')),
      ['f-3.sqlite', 'f-4.sqlite'],
    );
  });
});

describe('a watch that cannot write', { timeout: 60_000 }, () => {
  it('says so and goes on', async (t) => {
    const watch = await startWatch(t, { keepNs: 10 * S });
    await tick(watch, 1 * S);
    rmSync(watch.folder, { recursive: true });
    for (let i = 2; i < 5; i++) {
      await tick(watch, i * S);
    }
    assert.match((await watch.next('note')).text, /^the window has a gap: .* does not exist/);
    watch.tracer.wait(1, 'a', 5 * S, 5.1 * S, 2);
    watch.tracer.wait(2, 'b', 5 * S, 5.1 * S, 1);
    const found = await tickUntil(watch.tracer, 5.2 * S, watch.next('deadlock'));
    const saved = await watch.next('saved');
    assert.deepEqual([saved.capture, saved.id], [found.capture, 'f-1']);
    assert.match(saved.error!, /does not exist/);
    assert.deepEqual(await watch.stop(), { findings: 1, connected: true });
    assert.equal(said(watch).filter((event) => event === 'note').length, 1);
  });
});

describe('a watch that loses its target', { timeout: 60_000 }, () => {
  it('comes back by itself and says what it missed', async (t) => {
    const watch = await startWatch(t);
    watch.tracer.wait(1, 'a', 1 * S, 1.1 * S, 2);
    await tick(watch, 1.2 * S);
    watch.target.refusal = new Error('connection refused');
    watch.tracer.leave({ status: undefined, lost: 'connection reset' });
    const lost = await watch.next('lost');
    assert.deepEqual([lost.reason, lost.openWaits], ['target lost: connection reset', 1]);
    assert.match((await watch.next('note')).text, /cannot be watched again yet: connection refused/);
    const coming = watch.target.nextTracer();
    watch.target.refusal = undefined;
    const tracer = await coming;
    const back = await watch.next('reconnected');
    assert.equal(back.rebooted, false);
    assert.ok(back.attempts > 1);
    assert.ok(back.missedFrom < back.missedTo);
    assert.equal(back.missedMs, Date.parse(back.missedTo) - Date.parse(back.missedFrom));
    closeRing(tracer);
    const found = await tickUntil(tracer, 2.2 * S, watch.next('deadlock'));
    assert.equal(found.analysis.loss.byReason.not_watched, 1);
    await watch.next('saved');
    const trace = await loadCapture(found.capture);
    assert.deepEqual(trace.losses, [{ tsNs: 0, count: 1, reason: 'not_watched' }]);
    assert.match(trace.attachments[0]!.text, /^not watched from .* to .*: target lost: connection reset$/);
    await watch.stop();
  });

  it('follows nothing that was open before: whether it ended meanwhile nobody knows', async (t) => {
    const watch = await startWatch(t);
    watch.tracer.wait(1, 'a', 1 * S, 1.1 * S, 2);
    await watch.reached(1.1 * S);
    const coming = watch.target.nextTracer();
    watch.tracer.leave({ status: 1 });
    const tracer = await coming;
    await watch.next('reconnected');
    tracer.wait(2, 'b', 2 * S, 2.1 * S, 1);
    for (let atNs = 2.2 * S; atNs < 4 * S; atNs += 300 * MS) {
      await tick(watch, atNs, tracer);
    }
    assert.deepEqual(await watch.stop(), { findings: 0, connected: true });
  });

  it('says that a finding is over when the target has booted again', async (t) => {
    const watch = await startWatch(t);
    closeRing(watch.tracer);
    await tickUntil(watch.tracer, 2.2 * S, watch.next('deadlock'));
    watch.target.bootId = 'boot-2';
    watch.tracer.leave({ status: undefined, lost: 'the guest ended' });
    assert.deepEqual((await watch.next('lost')).findings, ['f-1']);
    assert.equal((await watch.next('reconnected')).rebooted, true);
    const over = await watch.next('resolved');
    assert.deepEqual([over.id, over.reason], ['f-1', 'rebooted']);
    await watch.stop();
  });

  it('stops while it waits for the target', async (t) => {
    const watch = await startWatch(t, { backoffMs: { first: 3_600_000, last: 3_600_000 } });
    watch.tracer.leave({ status: 1 });
    await watch.next('lost');
    assert.deepEqual(await watch.stop(), { findings: 0, connected: false });
    assert.equal(watch.target.closed, 1);
  });
});

async function assertSameFinding(file: string, cycles: readonly unknown[]) {
  const trace = await loadCapture(file);
  const again = analyzeTrace(trace);
  const strip = (all: readonly unknown[]) =>
    JSON.parse(JSON.stringify(all, (key, value) => (key === 'waitNs' ? undefined : value)));
  assert.equal(again.verdict, 'deadlock');
  assert.deepEqual(strip(again.cycles), strip(cycles));
  return trace;
}
