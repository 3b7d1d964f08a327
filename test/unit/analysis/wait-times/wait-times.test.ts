import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeTrace } from '../../../../analysis/index.ts';
import { nameBehind } from '../../../../src/report/render-wait-history.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../trace-of.ts';
import { waitTimesOf } from './wait-times-of.ts';

const task = (ts: number, tid: number, pid: number, comm: string) => ({
  type: 'task' as const,
  ts,
  tid,
  pid,
  comm,
});

describe('wait times', () => {
  it('tell waits that ended from those that are open and those whose end was missed', () => {
    const trace = traceOf([
      waitBegin(0, 1, 'mutex', 'a'),
      waitEnd(10, 1, 'mutex', 'a'),
      waitBegin(20, 1, 'mutex', 'b'),
      // The end of the wait for b is not in the trace.
      waitBegin(50, 1, 'mutex', 'c'),
      holdBegin(90, 2, 'mutex', 'd'),
    ]);
    const { waits, waitedNs, open, endMissed, kinds } = waitTimesOf(trace);
    assert.deepEqual([waits, waitedNs], [3, 10 + 30 + 40]);
    assert.deepEqual(
      [open, endMissed],
      [
        { waits: 1, waitedNs: 40 },
        { waits: 1, waitedNs: 30 },
      ],
    );
    const [{ latency }] = kinds.rows as [(typeof kinds.rows)[number]];
    assert.deepEqual([latency!.count, latency!.sumNs, latency!.maxNs], [1, 10, 10]);
  });

  it('count what a task spins for inside another wait once', () => {
    const trace = traceOf([
      waitBegin(0, 1, 'mutex', 'a'),
      waitBegin(10, 1, 'spinlock', 's'),
      waitEnd(30, 1, 'spinlock', 's'),
      waitEnd(100, 1, 'mutex', 'a'),
    ]);
    const times = waitTimesOf(trace, { detail: true });
    assert.deepEqual(
      times.kinds.rows.map(({ kind, waitedNs, latency }) => [kind, waitedNs, latency!.maxNs]),
      [
        ['mutex', 80, 100],
        ['spinlock', 20, 20],
      ],
    );
    assert.equal(times.waitedNs, 100);
  });

  it('of a window have its part of each wait, and whole latencies of those that ended in it', () => {
    const trace = traceOf([
      waitBegin(0, 1, 'mutex', 'a'),
      waitEnd(50, 1, 'mutex', 'a'),
      waitBegin(60, 1, 'mutex', 'a'),
      waitEnd(200, 1, 'mutex', 'a'),
      waitBegin(210, 1, 'mutex', 'a'),
      waitEnd(220, 1, 'mutex', 'a'),
    ]);
    const { waits, waitedNs, kinds, sinceNs, untilNs } = waitTimesOf(trace, { sinceNs: 40, untilNs: 100 });
    assert.deepEqual([waits, waitedNs, sinceNs, untilNs], [2, 10 + 40, 40, 100]);
    assert.deepEqual([kinds.rows[0]!.latency!.count, kinds.rows[0]!.latency!.maxNs], [1, 50]);
  });

  it('fold stacks of one path together, and say how many rows are left out', () => {
    const stack = (offset: string) => ['__schedule', 'schedule', `down_read${offset}`, 'f', 'do_syscall_64'];
    const trace = traceOf([
      waitBegin(0, 1, 'rwsem', 'a', { stack: stack('+0x1/0x2') }),
      waitEnd(10, 1, 'rwsem', 'a'),
      waitBegin(20, 1, 'rwsem', 'a', { stack: stack('+0x5/0x9') }),
      waitEnd(50, 1, 'rwsem', 'a'),
      waitBegin(50, 1, 'mutex', 'b'),
      waitEnd(51, 1, 'mutex', 'b'),
    ]);
    const { paths } = waitTimesOf(trace, { top: 1 });
    assert.deepEqual(paths, { rows: [{ path: ['down_read', 'f'], waits: 2, waitedNs: 40 }], omitted: 1 });
  });

  it('tell a task from the next one with its number', () => {
    const trace = traceOf([
      task(0, 7, 7, 'first'),
      waitBegin(10, 7, 'mutex', 'a'),
      task(30, 7, 9, 'second'),
      waitBegin(40, 7, 'mutex', 'a'),
      waitEnd(100, 7, 'mutex', 'a'),
    ]);
    const { tasks } = waitTimesOf(trace);
    const rows = tasks.rows.map(({ task: { name }, waitedNs }) => [name, waitedNs]);
    assert.deepEqual(rows, [
      ['second:7', 60],
      ['first:7', 20],
    ]);
  });

  it('choose waits by task, resource and kind', () => {
    const trace = traceOf([
      task(0, 1, 1, 'dd'),
      waitBegin(10, 1, 'mutex', 'a', { label: 'cgroup_mutex' }),
      waitEnd(20, 1, 'mutex', 'a'),
      waitBegin(20, 1, 'rwsem', 'a'),
      waitEnd(50, 1, 'rwsem', 'a'),
      waitBegin(20, 2, 'rwsem', 'b'),
      waitEnd(120, 2, 'rwsem', 'b'),
    ]);
    const waited = (selection: object) => waitTimesOf(trace, { selection, detail: true }).waitedNs;
    assert.equal(waited({}), 140);
    assert.equal(waited({ task: 'dd' }), 40);
    assert.equal(waited({ task: '2' }), 100);
    assert.equal(waited({ kind: 'rwsem' }), 130);
    assert.equal(waited({ resource: 'rwsem:a' }), 30);
    assert.equal(waited({ resource: 'a' }), 40);
    assert.equal(waited({ resource: 'cgroup' }), 10);
    assert.equal(waited({ resource: 'a', kind: 'mutex', task: '2' }), 0);
  });

  it('keep the longest holds with where they were taken and released', () => {
    const trace = traceOf([
      holdBegin(0, 1, 'mutex', 'a', { stack: ['mutex_lock+0x1/0x2', 'f', 'do_syscall_64'] }),
      holdBegin(10, 1, 'mutex', 'b'),
      holdEnd(20, 1, 'mutex', 'b'),
      holdEnd(90, 1, 'mutex', 'a', { stack: ['mutex_unlock', 'g'] }),
      holdBegin(95, 2, 'mutex', 'a'),
      waitBegin(100, 1, 'mutex', 'a'),
    ]);
    const { holds } = waitTimesOf(trace, { detail: true, top: 2 }).detail!;
    assert.equal(holds.omitted, 1);
    assert.deepEqual(
      holds.rows.map(({ task: { tid }, heldNs, end, taken, released }) => [
        tid,
        heldNs,
        end,
        taken,
        released,
      ]),
      [
        [1, 90, 'released', ['mutex_lock', 'f'], ['mutex_unlock', 'g']],
        [1, 10, 'released', [], []],
      ],
    );
  });

  it('follow whom a wait is behind as that changes', () => {
    const trace = traceOf([
      holdBegin(0, 2, 'mutex', 'a'),
      waitBegin(10, 1, 'mutex', 'a'),
      waitBegin(30, 2, 'folio_writeback', 'w'),
      waitEnd(60, 2, 'folio_writeback', 'w'),
      holdEnd(80, 2, 'mutex', 'a'),
      holdBegin(80, 3, 'mutex', 'a'),
      holdEnd(100, 3, 'mutex', 'a'),
      waitEnd(100, 1, 'mutex', 'a'),
    ]);
    const { longest } = waitTimesOf(trace, { detail: true, top: 1 }).detail!;
    const [wait] = longest.rows;
    assert.deepEqual([wait!.task.tid, wait!.waitNs, wait!.end, longest.omitted], [1, 90, 'ended', 1]);
    assert.deepEqual(
      wait!.segments.map(({ fromNs, toNs, behind, end }) => [
        fromNs,
        toNs,
        behind.map((b) => b.task.tid),
        end.type,
      ]),
      [
        [10, 30, [], 'running'],
        [30, 60, [2], 'unknown'],
        [60, 80, [], 'running'],
        [80, 100, [], 'running'],
      ],
    );
  });

  it('name the first tasks of a long chain, and count those after them', () => {
    const length = 100;
    const tids = Array.from({ length }, (_, i) => i + 1);
    const trace = traceOf([
      ...tids.map((tid) => holdBegin(0, tid, 'mutex', `m${tid}`)),
      ...tids.slice(1).map((tid) => waitBegin(10, tid, 'mutex', `m${tid - 1}`)),
      holdBegin(90, 999, 'mutex', 'x'),
    ]);
    const { longest } = waitTimesOf(trace, { detail: true, top: 0 }).detail!;
    const wait = longest.rows.find(({ task }) => task.tid === length)!;
    const { behind, moreBehind, end } = wait.segments.at(-1)!;
    assert.deepEqual(
      behind.map(({ task }) => task.tid),
      tids.slice(-25, -1).reverse(),
    );
    // Those are tasks 76 to 99; the chain goes on over 2 to 75, to 1, which waits for nothing.
    assert.deepEqual([moreBehind, end.type], [74, 'running']);
    assert.match(nameBehind(wait.segments.at(-1)!), / → 76 \(for mutex m75\) → 74 more tasks → 1$/);
    const short = longest.rows.find(({ task }) => task.tid === 20)!;
    assert.ok(!('moreBehind' in short.segments.at(-1)!));
  });

  it('find a convoy that is still going on', () => {
    const trace = traceOf([
      holdBegin(0, 9, 'mutex', 'a'),
      ...[1, 2, 3, 4, 5].map((tid) => waitBegin(tid * 10, tid, 'mutex', 'a')),
      waitEnd(70, 5, 'mutex', 'a'),
      holdBegin(100, 8, 'mutex', 'b'),
    ]);
    const { convoys } = waitTimesOf(trace, { detail: true }).detail!;
    const [convoy] = convoys.rows;
    assert.deepEqual(
      [
        convoy!.fromNs,
        convoy!.toNs,
        convoy!.isOpen,
        convoy!.peakWaiters,
        convoy!.peakNs,
        convoy!.holder!.tid,
      ],
      [10, 100, true, 5, 50, 9],
    );
    assert.equal(convoy!.waitedNs, 90 + 80 + 70 + 60 + 20);
  });

  it('leave the verdict alone, whatever is chosen', () => {
    const trace = traceOf([
      holdBegin(0, 1, 'mutex', 'a'),
      holdBegin(0, 2, 'mutex', 'b'),
      waitBegin(1, 1, 'mutex', 'b'),
      waitBegin(1, 2, 'mutex', 'a'),
      waitBegin(2, 3, 'mutex', 'a'),
      waitBegin(2, 4, 'rwsem', 'c'),
    ]);
    const analysis = analyzeTrace(trace, { waitTimes: { selection: { task: '4' } } });
    assert.equal(analysis.verdict, 'deadlock');
    assert.deepEqual(
      analysis.chains.map(({ links }) => links[0]!.waiter),
      [4],
    );
    assert.equal(analysis.filteredChains, 1);
    assert.equal(analysis.waitTimes!.waits, 1);
  });

  it('are left out where nobody is to look', () => {
    assert.equal(analyzeTrace(traceOf([]), { waitTimes: false }).waitTimes, undefined);
  });
});
