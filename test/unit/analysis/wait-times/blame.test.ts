import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ChainEnd, WaitTimes } from '../../../../analysis/wait-times/result.ts';
import { EventCode, type Trace, TraceBuilder } from '../../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../trace-of.ts';
import { arbitraryRecords, arbitraryWorld } from './arbitrary-waits.ts';
import { type OracleOptions, type OracleTimes, timesByForce } from './blame-oracle.ts';
import { waitTimesOf } from './wait-times-of.ts';

function timesOf(trace: Trace, { sinceNs, untilNs, tid }: OracleOptions = {}): OracleTimes {
  const selection = tid === undefined ? {} : { task: String(tid) };
  const times = waitTimesOf(trace, { sinceNs, untilNs, selection, top: 0, detail: true });
  assertAddsUp(times);
  const { roots, chainsByTask } = times.detail!;
  return {
    roots: sum(roots.rows, nameEnd),
    tasks: sum(times.tasks.rows, ({ task }) => String(task.tid)),
    resources: sum(times.resources.rows, ({ resource }) => `${resource.kind} ${resource.id}`),
    chains: sum(chainsByTask.rows, ({ links, end }) => {
      // How far round a cycle a chain is told says nothing.
      const way = links.map(({ task, kind }) => `${task.tid} ${kind}`);
      return [...(end.type === 'cycle' ? way.slice(0, 1) : way), nameEnd(end)].join(' > ');
    }),
  };
}

function nameEnd(end: ChainEnd): string {
  return `${end.type} ${'task' in end ? end.task.tid : end.kind}`;
}

function sum<T extends { readonly waitedNs: number }>(rows: readonly T[], nameOf: (row: T) => string) {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    sums[nameOf(row)] = (sums[nameOf(row)] ?? 0) + row.waitedNs;
  }
  return sums;
}

/** Every table tells where the same time went. */
function assertAddsUp({ waitedNs, tasks, resources, kinds, paths, detail }: WaitTimes): void {
  const { roots, chainsByTask, chainsByPath, longest } = detail!;
  for (const { rows } of [tasks, resources, kinds, paths, roots, chainsByTask, chainsByPath]) {
    assert.equal(
      [...rows].reduce((all, row) => all + row.waitedNs, 0),
      waitedNs,
    );
  }
  let inSegments = 0;
  for (const { segments, omittedSegments } of longest.rows) {
    assert.equal(omittedSegments, 0);
    segments.forEach(({ fromNs, toNs }, i) => {
      assert.ok(fromNs < toNs && (i === 0 || segments[i - 1]!.toNs <= fromNs));
      inSegments += toNs - fromNs;
    });
  }
  assert.equal(inSegments, waitedNs);
}

function cutCycles(times: OracleTimes): OracleTimes {
  const chains: Record<string, number> = {};
  for (const [chain, ns] of Object.entries(times.chains)) {
    const steps = chain.split(' > ');
    const cut = steps.at(-1)!.startsWith('cycle') ? [steps[0]!, steps.at(-1)!].join(' > ') : chain;
    chains[cut] = (chains[cut] ?? 0) + ns;
  }
  return { ...times, chains };
}

function assertExact(trace: Trace, options: OracleOptions = {}): void {
  assert.deepEqual(timesOf(trace, options), cutCycles(timesByForce(trace, options)));
}

describe('blame', () => {
  it('is carried by the end of the chain alone', () => {
    const trace = traceOf([
      holdBegin(0, 3, 'mutex', 'c'),
      holdBegin(0, 2, 'mutex', 'b'),
      waitBegin(10, 1, 'mutex', 'b'),
      waitBegin(20, 2, 'mutex', 'c'),
      holdEnd(50, 3, 'mutex', 'c'),
      waitEnd(50, 2, 'mutex', 'c'),
      holdBegin(50, 2, 'mutex', 'c'),
      holdEnd(60, 2, 'mutex', 'b'),
      waitEnd(60, 1, 'mutex', 'b'),
    ]);
    // 1 waits 10..60: behind 2 until 20 and from 50 on, behind 3 between; 2 waits 20..50 for 3.
    assert.deepEqual(timesOf(trace).roots, { 'running 2': 20, 'running 3': 60 });
  });

  it('counts a wait for whoever let go, where nobody was known until then', () => {
    const trace = traceOf([
      waitBegin(10, 1, 'mutex', 'a'),
      holdBegin(11, 1, 'mutex', 'b'),
      waitBegin(20, 2, 'mutex', 'b'),
      holdEnd(40, 7, 'mutex', 'a'),
      waitEnd(41, 1, 'mutex', 'a'),
      holdEnd(50, 1, 'mutex', 'b'),
      waitEnd(50, 2, 'mutex', 'b'),
    ]);
    assert.deepEqual(timesOf(trace).roots, { 'running 7': 31 + 21, 'running 1': 9 });
  });

  it('counts a cycle as itself, from the moment it closes until it opens', () => {
    const trace = traceOf([
      holdBegin(0, 5, 'mutex', 'a'),
      holdBegin(0, 6, 'mutex', 'b'),
      waitBegin(10, 6, 'mutex', 'a'),
      waitBegin(20, 5, 'mutex', 'b'),
      waitBegin(30, 7, 'mutex', 'b'),
      waitEnd(40, 5, 'mutex', 'b'),
      holdEnd(50, 5, 'mutex', 'a'),
      waitEnd(50, 6, 'mutex', 'a'),
      holdEnd(70, 6, 'mutex', 'b'),
      waitEnd(70, 7, 'mutex', 'b'),
    ]);
    assert.deepEqual(timesOf(trace).roots, { 'running 5': 10 + 20, 'cycle 5': 50, 'running 6': 20 });
  });

  it('of several readers is carried by the one that has read longest', () => {
    const trace = traceOf([
      holdBegin(0, 5, 'rwsem', 'a', { mode: 'read' }),
      holdBegin(1, 4, 'rwsem', 'a', { mode: 'read' }),
      waitBegin(10, 1, 'rwsem', 'a', { mode: 'write' }),
      holdEnd(30, 5, 'rwsem', 'a', { mode: 'read' }),
      holdEnd(60, 4, 'rwsem', 'a', { mode: 'read' }),
      waitEnd(60, 1, 'rwsem', 'a'),
    ]);
    assert.deepEqual(timesOf(trace).roots, { 'running 5': 20, 'running 4': 30 });
  });

  it('is exact in a world of locks, for any window and any task', () => {
    const bound = fc.nat({ max: 1500 });
    fc.assert(
      fc.property(arbitraryWorld, bound, bound, fc.integer({ min: 1, max: 8 }), (trace, a, b, tid) => {
        assertExact(trace);
        assertExact(trace, { sinceNs: Math.min(a, b), untilNs: Math.max(a, b) });
        assertExact(trace, { tid });
      }),
      { numRuns: 150 },
    );
  });

  it('is exact for records in any order that make no sense together', () => {
    fc.assert(
      fc.property(arbitraryRecords, (trace) => assertExact(trace)),
      { numRuns: 500 },
    );
  });

  it('moves all that queue for a lock by one link when it changes hands', () => {
    const builder = new TraceBuilder();
    const lock = builder.resources.intern('mutex', 'a');
    const waiters = 3000;
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 0, tid: 1, resource: lock });
    for (let i = 0; i < waiters; i++) {
      builder.addEvent({ type: EventCode.waitBegin, tsNs: 1, tid: i + 2, resource: lock });
    }
    for (let i = 0; i < waiters; i++) {
      builder.addEvent({ type: EventCode.holdEnd, tsNs: i + 2, tid: i + 1, resource: lock });
      builder.addEvent({ type: EventCode.waitEnd, tsNs: i + 2, tid: i + 2, resource: lock });
      builder.addEvent({ type: EventCode.holdBegin, tsNs: i + 2, tid: i + 2, resource: lock });
    }
    const times = waitTimesOf(builder.finish(), { top: 0, detail: true });
    const roots = sum(times.detail!.roots.rows, nameEnd);
    assert.equal(roots['running 1'], waiters);
    assert.equal(roots['running 2'], waiters - 1);
    assert.equal(times.waitedNs, (waiters * (waiters + 1)) / 2);
    const [convoy] = times.detail!.convoys.rows;
    assert.deepEqual(
      [convoy?.peakWaiters, convoy?.holder?.tid, convoy?.handovers, convoy?.waitedNs],
      [waiters, 1, waiters - 1, times.waitedNs],
    );
  });

  it('follows 10,000 tasks that wait for one another, from either end', () => {
    const depth = 10_000;
    for (const fromEnd of [true, false]) {
      const builder = new TraceBuilder();
      const locks = Array.from({ length: depth }, (_, i) => builder.resources.intern('mutex', String(i)));
      locks.forEach((resource, i) => {
        builder.addEvent({ type: EventCode.holdBegin, tsNs: 0, tid: i + 1, resource });
      });
      for (let i = 1; i < depth; i++) {
        const link = fromEnd ? i : depth - i;
        builder.addEvent({ type: EventCode.waitBegin, tsNs: i, tid: link + 1, resource: locks[link - 1]! });
      }
      const times = waitTimesOf(builder.finish({ endNs: 2 * depth }), { detail: true });
      assert.deepEqual(
        times.detail!.roots.rows.map((root) => [nameEnd(root), root.waitedNs]).at(0),
        fromEnd ? ['running 1', times.waitedNs] : ['running 1', (depth - 1) * (depth + 1)],
      );
    }
  });

  it('counts 100,000 waiters at one folio', () => {
    const builder = new TraceBuilder();
    const folio = builder.resources.intern('folio_lock', 'a');
    const waiters = 100_000;
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 0, tid: 1, resource: folio });
    for (let i = 0; i < waiters; i++) {
      const holder = i % 2 === 0 ? 1 : undefined;
      builder.addEvent({
        type: EventCode.waitBegin,
        tsNs: i,
        tid: i + 2,
        resource: folio,
        holderTid: holder,
      });
    }
    builder.addEvent({ type: EventCode.holdEnd, tsNs: waiters, tid: 1, resource: folio });
    for (let i = 0; i < waiters; i++) {
      builder.addEvent({ type: EventCode.waitEnd, tsNs: waiters, tid: i + 2, resource: folio });
    }
    const { waitedNs, detail } = waitTimesOf(builder.finish(), { detail: true });
    assert.equal(waitedNs, (waiters * (waiters + 1)) / 2);
    assert.deepEqual(detail!.roots.rows.map(nameEnd), ['running 1']);
    assert.equal(detail!.convoys.rows[0]!.peakWaiters, waiters);
  });
});
