import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AnalysisEngine, analyzeTrace, CycleWatch } from '../../../analysis/index.ts';
import { addRecord, TraceBuilder, type TraceRecord } from '../../../src/trace/index.ts';
import { busySteps } from './lock-steps.ts';
import { findTrueCycles, LockWorld } from './lock-world.ts';
import { holdBegin, traceOf, waitBegin, waitEnd } from './trace-of.ts';

/** A capture that still goes on: records go to an engine and to a watch as they come. */
class LiveRun {
  readonly builder = new TraceBuilder();
  readonly engine = new AnalysisEngine(this.builder);
  closed: (readonly number[])[] = [];

  constructor() {
    this.engine.observe(new CycleWatch(this.engine.state, (tids) => this.closed.push(tids)));
  }

  add(...records: readonly TraceRecord[]): void {
    for (const record of records) {
      assert.equal(addRecord(this.builder, record), undefined);
    }
    this.engine.play(this.builder.take().events);
  }

  analysis() {
    const { latestNs } = this.builder;
    return this.engine.result({ info: {}, losses: [], attachments: [], endNs: latestNs });
  }
}

describe('the watch for cycles', () => {
  it('is told of every cycle when it closes, and of nothing that is none', () => {
    fc.assert(
      fc.property(busySteps, (played) => {
        const live = new LiveRun();
        const world = new LockWorld((record) => live.add(record));
        let known: string[] = [];
        for (const one of played) {
          live.closed = [];
          world.play(one);
          const cycles = findTrueCycles(world.waits()).map(({ tasks }) => tasks.join());
          const isNew = cycles.some((cycle) => !known.includes(cycle));
          // The world says what it does in several records: a walk may be closed between two of them.
          assert.ok(!isNew || live.closed.length > 0, `${cycles.join(' | ')} was not noticed`);
          for (const tids of cycles.length === 0 ? [] : live.closed.slice(-1)) {
            assertClosed(world, tids);
          }
          known = cycles;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('walks 10,000 tasks to find that the last wait closes a ring', () => {
    const live = new LiveRun();
    const size = 10_000;
    const tids = Array.from({ length: size }, (_, i) => i + 1);
    live.add(...tids.map((tid) => holdBegin(tid, tid, 'mutex', `m${tid}`)));
    live.add(...tids.slice(1).map((tid) => waitBegin(size + tid, tid, 'mutex', `m${tid - 1}`)));
    assert.deepEqual(live.closed, []);
    live.add(waitBegin(3 * size, 1, 'mutex', `m${size}`));
    assert.deepEqual(live.closed, [[1, ...tids.slice(1).reverse()]]);
  });

  it('is told when it is an acquisition that closes the ring, or the naming of a holder', () => {
    const live = new LiveRun();
    live.add(waitBegin(1, 1, 'mutex', 'a'), waitBegin(2, 2, 'mutex', 'b'), holdBegin(3, 2, 'mutex', 'a'));
    assert.deepEqual(live.closed, []);
    live.add(holdBegin(4, 1, 'mutex', 'b'));
    assert.deepEqual(live.closed, [[1, 2]]);
    live.closed = [];
    live.add(waitBegin(5, 3, 'rwsem', 'c', { holder: 4, evidence: 'owner-field' }));
    live.add(waitBegin(6, 4, 'rwsem', 'd'));
    live.add(waitBegin(6, 4, 'rwsem', 'd', { holder: 3, evidence: 'owner-field' }));
    assert.deepEqual(live.closed, [[4, 3]]);
  });

  it('is told when a writer gives up and a reader is behind another one', () => {
    const live = new LiveRun();
    live.add(
      holdBegin(1, 1, 'rwsem', 'a', { mode: 'read' }),
      holdBegin(2, 2, 'mutex', 'b'),
      waitBegin(3, 3, 'rwsem', 'a', { mode: 'write' }),
      waitBegin(4, 4, 'rwsem', 'a', { mode: 'write' }),
      waitBegin(5, 2, 'rwsem', 'a', { mode: 'read' }),
      waitBegin(6, 1, 'mutex', 'b'),
    );
    assert.deepEqual(live.closed, [[1, 2, 3]]);
    live.closed = [];
    live.add(waitEnd(7, 3, 'rwsem', 'a'));
    assert.deepEqual(live.closed, [[4, 1, 2]]);
  });
});

describe('an engine', () => {
  it('gives the same answer in any number of calls, and at every moment on the way', () => {
    fc.assert(
      fc.property(busySteps, (played) => {
        const records: TraceRecord[] = [];
        const world = new LockWorld((record) => records.push(record));
        for (const one of played) {
          world.play(one);
        }
        const live = new LiveRun();
        records.forEach((record, i) => {
          live.add(record);
          if (i % 7 === 0 || i === records.length - 1) {
            assert.deepEqual(live.analysis(), analyzeTrace(traceOf(records.slice(0, i + 1))));
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});

function assertClosed(world: LockWorld, tids: readonly number[]): void {
  const waits = new Map(world.waits().map((wait) => [wait.tid, wait]));
  tids.forEach((tid, i) => {
    const next = tids[(i + 1) % tids.length]!;
    assert.ok(waits.get(tid)?.blockers.includes(next), `${tid} does not wait for ${next}`);
  });
}
