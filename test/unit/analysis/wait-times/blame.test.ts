import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Replay } from '../../../../analysis/replay/replay.ts';
import { Blame } from '../../../../analysis/wait-times/blame.ts';
import { BlameObserver } from '../../../../analysis/wait-times/blame-observer.ts';
import { TaskSlots } from '../../../../analysis/wait-times/task-slots.ts';
import { EventCode, type Trace, TraceBuilder } from '../../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../trace-of.ts';
import { arbitraryRecords, arbitraryWorld } from './arbitrary-waits.ts';
import { type Blamed, blameByForce, type OracleOptions } from './blame-oracle.ts';

function blame(trace: Trace, { sinceNs = 0, untilNs = Infinity, counts }: OracleOptions = {}): Blamed {
  const replay = new Replay(trace);
  const slots = new TaskSlots();
  const found = new Blame(replay.state, slots, { counts: (row) => counts?.(replay.state, row) ?? true });
  const clamp = (ns: number) => Math.min(Math.max(ns, sinceNs), untilNs);
  replay.observe(new BlameObserver(replay.state, found, slots, clamp));
  replay.play(trace.events);
  replay.settle();
  found.forest.setNow(clamp(trace.endNs));
  const { runningNs, cycleNs, ioNs, unknownNs } = found.times();
  const { resources } = trace;
  const nameOf = (i: number) => `${resources.kind(i)} ${resources.id(i)}`;
  const blamed: Record<string, number> = {};
  const add = (what: string, times: Float64Array, name: (i: number) => string | number) =>
    times.forEach((ns, i) => {
      if (ns > 0) {
        blamed[`${what} ${name(i)}`] = (blamed[`${what} ${name(i)}`] ?? 0) + ns;
      }
    });
  add('running', runningNs, (slot) => slots.tidOf(slot));
  add('cycle', cycleNs, (slot) => slots.tidOf(slot));
  add('io', ioNs, nameOf);
  add('unknown', unknownNs, nameOf);
  return blamed;
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
    assert.deepEqual(blame(trace), { 'running 2': 20, 'running 3': 60 });
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
    assert.deepEqual(blame(trace), { 'running 7': 31 + 21, 'running 1': 9 });
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
    assert.deepEqual(blame(trace), { 'running 5': 10 + 20, 'cycle 5': 50, 'running 6': 20 });
  });

  it('is exact in a world of locks, for any window and any choice of waits', () => {
    fc.assert(
      fc.property(
        arbitraryWorld,
        fc.nat({ max: 1500 }),
        fc.nat({ max: 1500 }),
        fc.nat({ max: 3 }),
        (trace, a, b, choice) => {
          const options: OracleOptions = {
            sinceNs: Math.min(a, b),
            untilNs: Math.max(a, b),
            counts: ({ waits }, row) => choice === 0 || waits.table.tid[row]! % choice === 0,
          };
          assert.deepEqual(blame(trace, options), blameByForce(trace, options));
          assert.deepEqual(blame(trace), blameByForce(trace));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is exact for records in any order that make no sense together', () => {
    fc.assert(
      fc.property(arbitraryRecords, (trace) => assert.deepEqual(blame(trace), blameByForce(trace))),
      { numRuns: 1500 },
    );
  });

  it('moves all that queue for a lock by one link when it changes hands', () => {
    const builder = new TraceBuilder();
    const lock = builder.resources.intern('mutex', 'a');
    const waiters = 20_000;
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 0, tid: 1, resource: lock });
    for (let i = 0; i < waiters; i++) {
      builder.addEvent({ type: EventCode.waitBegin, tsNs: 1, tid: i + 2, resource: lock });
    }
    for (let i = 0; i < waiters; i++) {
      builder.addEvent({ type: EventCode.holdEnd, tsNs: i + 2, tid: i + 1, resource: lock });
      builder.addEvent({ type: EventCode.waitEnd, tsNs: i + 2, tid: i + 2, resource: lock });
      builder.addEvent({ type: EventCode.holdBegin, tsNs: i + 2, tid: i + 2, resource: lock });
    }
    const found = blame(builder.finish());
    assert.equal(found['running 1'], waiters);
    assert.equal(found['running 2'], waiters - 1);
    assert.equal(
      Object.values(found).reduce((sum, ns) => sum + ns),
      (waiters * (waiters + 1)) / 2,
    );
  });
});
