import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, AnalysisEngine, collectOpenState } from '../../../analysis/index.ts';
import { addRecord, TraceBuilder, type TraceRecord } from '../../../src/trace/index.ts';
import { busySteps } from './lock-steps.ts';
import { LockWorld, type Step } from './lock-world.ts';
import { holdBegin, traceOf, waitBegin } from './trace-of.ts';

/** Orders of locks that were seen are no state: a new beginning learns them anew. */
const NO_HISTORY = { orders: false, waitTimes: false } as const;

/** An engine that may go on with new tables at any time. */
class Run {
  #builder = new TraceBuilder();
  #engine = new AnalysisEngine(this.#builder, NO_HISTORY);
  readonly #names = new Map<number, TraceRecord>();

  add(record: TraceRecord): void {
    if (record.type === 'task') {
      this.#names.set(record.tid!, record);
    }
    assert.equal(addRecord(this.#builder, record), undefined);
    this.#engine.play(this.#builder.take().events);
  }

  renew(): void {
    const builder = new TraceBuilder();
    builder.startAt(this.#builder.latestNs);
    const engine = new AnalysisEngine(builder, NO_HISTORY);
    engine.play(collectOpenState(this.#engine.state, builder));
    // The world names its tasks once; of those that have nothing open the state need not know.
    for (const record of this.#names.values()) {
      addRecord(builder, record);
    }
    this.#builder = builder;
    this.#engine = engine;
  }

  /** Without what counts events and anomalies of the time before. */
  analysis(): Omit<Analysis, 'loss' | 'capture'> {
    const rest = { info: {}, losses: [], attachments: [], endNs: this.#builder.latestNs };
    const { loss: _, capture: __, ...said } = this.#engine.result(rest);
    return said;
  }
}

function playWorld(played: readonly Step[], namesHolders: boolean): TraceRecord[] {
  const records: TraceRecord[] = [];
  const world = new LockWorld((record) => records.push(record), namesHolders);
  for (const one of played) {
    world.play(one);
  }
  return records;
}

describe('the open state', () => {
  for (const namesHolders of [false, true]) {
    it(`gives the same analysis, then and ever after${namesHolders ? ', with holders that waits name' : ''}`, () => {
      fc.assert(
        fc.property(busySteps, fc.integer({ min: 1, max: 20 }), (played, every) => {
          const plain = new Run();
          const renewed = new Run();
          playWorld(played, namesHolders).forEach((record, i) => {
            plain.add(record);
            renewed.add(record);
            if (i % every === 0) {
              renewed.renew();
              assert.deepEqual(renewed.analysis(), plain.analysis());
            }
          });
          assert.deepEqual(renewed.analysis(), plain.analysis());
        }),
        { numRuns: 300 },
      );
    });
  }

  it('has nothing of what is over, however much that was', () => {
    const builder = new TraceBuilder();
    const engine = new AnalysisEngine(builder);
    for (let i = 0; i < 1000; i++) {
      addRecord(builder, holdBegin(i, 1, 'mutex', `m${i}`));
      addRecord(builder, { type: 'hold_end', ts: i, tid: 1, kind: 'mutex', res: `m${i}` });
    }
    addRecord(builder, holdBegin(2000, 1, 'mutex', 'm7', { label: 'wanted', stack: ['take_it'] }));
    engine.play(builder.take().events);
    const later = new TraceBuilder();
    const events = collectOpenState(engine.state, later);
    assert.equal(events.length, 1);
    assert.deepEqual(
      [later.resources.size, later.resources.label(events.resource[0]!), later.stacks.get(events.stack[0]!)],
      [1, 'wanted', ['take_it']],
    );
  });

  it('names a holder again after the acquisition that it was named after', () => {
    const run = new Run();
    run.add(waitBegin(10, 1, 'mutex', 'a'));
    run.add(holdBegin(20, 2, 'mutex', 'a'));
    run.add(waitBegin(10, 1, 'mutex', 'a', { holder: 3, evidence: 'owner-field' }));
    const said = run.analysis();
    assert.equal(said.chains[0]!.links[0]!.blocker, 3);
    run.renew();
    assert.deepEqual(run.analysis(), said);
  });

  it('is in time order as a capture in a file is, too', () => {
    const engine = new AnalysisEngine(
      traceOf([waitBegin(30, 1, 'mutex', 'a'), holdBegin(20, 2, 'mutex', 'a')]),
    );
    const { events } = traceOf([waitBegin(30, 1, 'mutex', 'a'), holdBegin(20, 2, 'mutex', 'a')]);
    engine.play(events);
    assert.deepEqual(Array.from(collectOpenState(engine.state, new TraceBuilder()).tsNs), [20, 30]);
  });
});
