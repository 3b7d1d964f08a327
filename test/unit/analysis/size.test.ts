import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeTrace } from '../../../analysis/index.ts';
import { EventCode, TraceBuilder } from '../../../src/trace/index.ts';

const READ = 0;
const WRITE = 1;

describe('captures of a size that recursion or a pairing of all with all would not survive', () => {
  it('a chain of 10,000 tasks is one chain', () => {
    const builder = new TraceBuilder();
    const depth = 10_000;
    addLine(builder, depth);
    const analysis = analyzeTrace(builder.finish(), { maxChains: 0 });
    assert.deepEqual(analysis.cycles, []);
    assert.equal(analysis.chains.length, 1);
    assert.equal(analysis.chains[0]!.links.length, depth);
    assert.equal(analysis.chains[0]!.end, 'running');
  });

  it('a ring of 10,000 tasks is one cycle', () => {
    const builder = new TraceBuilder();
    const size = 10_000;
    addLine(builder, size - 1);
    const first = builder.resources.intern('mutex', '0');
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 1, tid: 1, resource: first });
    builder.addEvent({ type: EventCode.waitBegin, tsNs: 9, tid: size, resource: first });
    const analysis = analyzeTrace(builder.finish());
    assert.equal(analysis.cycles.length, 1);
    assert.equal(analysis.cycles[0]!.tasks.length, size);
    assert.equal(analysis.cycles[0]!.tasks[0], 1);
    assert.deepEqual(analysis.chains, []);
  });

  it('100,000 victims of one folio are counted, those with the longest waits are shown', () => {
    const builder = new TraceBuilder();
    const folio = builder.resources.intern('folio_lock', '0xa');
    const other = builder.resources.intern('folio_lock', '0xb');
    const victims = 100_000;
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 1, tid: 1, resource: folio });
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 1, tid: 2, resource: other });
    builder.addEvent({ type: EventCode.waitBegin, tsNs: 2, tid: 1, resource: other });
    builder.addEvent({ type: EventCode.waitBegin, tsNs: 2, tid: 2, resource: folio });
    for (let i = 0; i < victims; i++) {
      builder.addEvent({ type: EventCode.waitBegin, tsNs: 10 + i, tid: 10 + i, resource: folio });
    }
    const analysis = analyzeTrace(builder.finish());
    assert.deepEqual(
      analysis.cycles.map(({ tasks }) => tasks),
      [[1, 2]],
    );
    assert.equal(analysis.chains.length, 50);
    assert.ok(
      analysis.chains.every(({ end, cycle, links }) => end === 'cycle' && cycle === 0 && links.length === 1),
    );
    assert.deepEqual(
      analysis.chains.map(({ links }) => links[0]!.waiter),
      Array.from({ length: 50 }, (_, i) => 10 + i),
    );
    assert.equal(analysis.omittedChains, victims - 50);
    assert.deepEqual(
      [analysis.cycles[0]!.victims.length, analysis.cycles[0]!.moreVictims],
      [50, victims - 50],
    );
    assert.equal(Object.keys(analysis.tasks).length, 52);
  });

  it('20,000 writers behind 20,000 readers share what they wait for', () => {
    const builder = new TraceBuilder();
    const lock = builder.resources.intern('rwsem', '0xc');
    for (let tid = 1; tid <= 20_000; tid++) {
      builder.addEvent({ type: EventCode.holdBegin, tsNs: tid, tid, resource: lock, mode: READ });
      builder.addEvent({
        type: EventCode.waitBegin,
        tsNs: 50_000,
        tid: 100_000 + tid,
        resource: lock,
        mode: WRITE,
      });
    }
    const analysis = analyzeTrace(builder.finish(), { maxChains: 0 });
    assert.equal(analysis.chains.length, 20_000);
  });

  it('1,000,000 resources, each taken and waited for once, with a ring among them', () => {
    const builder = new TraceBuilder();
    const count = 1_000_000;
    for (let i = 0; i < count; i++) {
      const resource = builder.resources.intern('mutex', String(i));
      const [tid, waiter, tsNs] = [1 + (i % 1000), 2000 + (i % 1000), 10 * i];
      builder.addEvent({ type: EventCode.holdBegin, tsNs, tid, resource });
      builder.addEvent({ type: EventCode.waitBegin, tsNs: tsNs + 1, tid: waiter, resource });
      // Two are never let go, by tasks that end up waiting for each other.
      if (i !== 500_000 && i !== 500_001) {
        builder.addEvent({ type: EventCode.holdEnd, tsNs: tsNs + 2, tid, resource });
        builder.addEvent({ type: EventCode.waitEnd, tsNs: tsNs + 3, tid: waiter, resource });
      }
    }
    const first = builder.resources.find('mutex', '500000')!;
    builder.addEvent({ type: EventCode.waitBegin, tsNs: 10 * count, tid: 1, resource: first + 1 });
    builder.addEvent({ type: EventCode.waitBegin, tsNs: 10 * count, tid: 2, resource: first });
    const { cycles } = analyzeTrace(builder.finish());
    assert.deepEqual(
      cycles.map(({ tasks }) => tasks),
      [[1, 2]],
    );
  });

  it('a knot with more cycles than could ever be listed lists some and says so', () => {
    const builder = new TraceBuilder();
    const locks = Array.from({ length: 40 }, (_, i) => builder.resources.intern('rwsem', String(i)));
    // Everyone reads every lock but their own, and waits to write it.
    for (const [i, own] of locks.entries()) {
      for (const lock of locks.filter((other) => other !== own)) {
        builder.addEvent({ type: EventCode.holdBegin, tsNs: 1, tid: 1 + i, resource: lock, mode: READ });
      }
      builder.addEvent({ type: EventCode.waitBegin, tsNs: 2, tid: 1 + i, resource: own, mode: WRITE });
    }
    const analysis = analyzeTrace(builder.finish());
    assert.equal(analysis.moreCycles, true);
    assert.equal(analysis.cycles.length, 64);
    assert.equal(new Set(analysis.cycles.map(({ tasks }) => tasks.join())).size, 64);
    assert.equal(analysis.verdict, 'deadlock');
  });
});

/** Tasks 1 … depth+1, each holding the lock of its own number and waiting for the next one's; the last one runs. */
function addLine(builder: TraceBuilder, depth: number): void {
  for (let tid = 1; tid <= depth; tid++) {
    const lock = builder.resources.intern('mutex', String(tid));
    builder.addEvent({ type: EventCode.holdBegin, tsNs: 1, tid: tid + 1, resource: lock });
    builder.addEvent({ type: EventCode.waitBegin, tsNs: 2, tid, resource: lock });
  }
}
