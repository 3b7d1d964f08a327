import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AnalysisEngine } from '../../../analysis/analysis-engine.ts';
import { analyzeSource, type SourceProgress } from '../../../analysis/analyze-source.ts';
import { analyzeTrace } from '../../../analysis/index.ts';
import { DEFAULT_OPTIONS, Simulation } from '../../../src/simulate/index.ts';
import { loadArrow, openArrow, openArrowSink } from '../../../src/store/index.ts';
import {
  addRecord,
  BATCH_EVENTS,
  HoldwaitError,
  openTrace,
  type Trace,
  TraceBuilder,
  type TraceRecord,
  type TraceSource,
} from '../../../src/trace/index.ts';
import { simulateTrace } from '../simulate/simulated-trace.ts';
import { temporaryFolder } from '../store/sample-trace.ts';
import { recordSource } from './record-source.ts';

const KINDS = ['folio_lock', 'folio_writeback', 'mutex', 'rwsem', 'io'];

function wholeTrace(records: readonly TraceRecord[]): Trace {
  const builder = new TraceBuilder();
  for (const record of records) {
    addRecord(builder, record);
  }
  return builder.finish({});
}

const ts = fc.nat(200);
const tid = fc.integer({ min: 1, max: 6 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const common = {
  ts,
  tid,
  pid: optional(fc.integer({ min: 1, max: 3 })),
  comm: optional(fc.constantFrom('dd', 'kworker')),
};
const record: fc.Arbitrary<TraceRecord> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...common,
      type: fc.constantFrom('wait_begin', 'wait_end', 'hold_begin', 'hold_end'),
      kind: fc.constantFrom(...KINDS),
      res: fc.constantFrom('r1', 'r2', 'r3'),
      mode: optional(fc.constantFrom('read', 'write')),
      holder: optional(tid),
      evidence: optional(fc.constantFrom('traced', 'owner-field')),
      stack: optional(fc.array(fc.constantFrom('percpu_down_write', 'jbd2_log', 'f+0x1/0x2'))),
      label: optional(fc.constantFrom('page 1', 'page 2')),
    }),
  },
  fc.record({ type: fc.constantFrom('io_begin', 'io_end'), ts, tid, res: fc.constantFrom('r1', 'r2') }),
  fc.record({ ...common, type: fc.constantFrom('alloc_begin', 'alloc_end'), fn: fc.constant('pcpu_alloc') }),
  fc.record({ type: fc.constant('task'), tid, pid: tid, comm: fc.constantFrom('sh', 'dd') }),
  fc.record({ type: fc.constant('loss'), ts, count: fc.nat(5), reason: fc.constant('map_full') }),
);
/** In the order of time but for a few that arrive late, as a capture's; or in no order at all. */
const records = fc.oneof(
  fc.array(record, { maxLength: 60 }),
  fc.tuple(fc.array(record, { maxLength: 60 }), fc.array(fc.nat(30), { maxLength: 4 })).map(([all, late]) => {
    const order = all.sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0));
    return [
      ...order.filter((_, i) => !late.includes(i)),
      ...late.map((i) => order[i]).filter((one) => one !== undefined),
    ];
  }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

test('a source gives the answer of its whole trace, whatever the batches and the window', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      sizes,
      fc.integer({ min: 1, max: 40 }),
      async (all, batchSizes, windowEvents) => {
        const expected = analyzeTrace(wholeTrace(all));
        const found = await analyzeSource(recordSource(all, batchSizes), {}, undefined, { windowEvents });
        assert.deepEqual(found, expected);
      },
    ),
    { numRuns: 1500 },
  );
});

test('a simulated kernel gives the same answer in batches', async () => {
  for (const seed of [1, 2, 3]) {
    const { trace, arrived } = simulateTrace({ seed, events: 5000 });
    const expected = analyzeTrace(trace);
    for (const windowEvents of [16, 500, undefined]) {
      const source = openTrace({ ...trace, events: arrived });
      assert.deepEqual(await analyzeSource(source, {}, undefined, { windowEvents }), expected);
    }
  }
});

test('a file of many batches gives the answer of the whole, also where batches are used again', async (t) => {
  const path = join(temporaryFolder(t), 'capture.arrows');
  for (const lateNs of [0, 100_000]) {
    const simulation = new Simulation({ ...DEFAULT_OPTIONS, events: 4 * BATCH_EVENTS, lateNs });
    const sink = openArrowSink(path, {}, { overwrite: true });
    for (const batch of simulation.batches()) {
      sink.write(batch, simulation.builder);
    }
    await sink.close(simulation.info());
    const expected = analyzeTrace(loadArrow(path));
    for (const windowEvents of [BATCH_EVENTS, 2 * BATCH_EVENTS]) {
      assert.deepEqual(await analyzeSource(openArrow(path), {}, undefined, { windowEvents }), expected);
    }
  }
});

const wait = (at: number): TraceRecord => ({
  type: 'wait_begin',
  ts: at,
  tid: at,
  kind: 'mutex',
  res: `r${at}`,
});

test('progress tells events, share and pass, and each pass has an engine of its own', async () => {
  const inOrder = [1, 2, 3, 4, 5, 6, 7, 8].map(wait);
  const run = async (all: readonly TraceRecord[]) => {
    const seen: SourceProgress[] = [];
    const engines: AnalysisEngine[] = [];
    await analyzeSource(recordSource(all, [2]), {}, (progress) => void seen.push(progress), {
      windowEvents: 4,
      onEngine: (engine) => engines.push(engine),
    });
    return {
      seen: seen.map(({ pass, events }) => [pass, events]),
      played: engines.map(({ played }) => played),
    };
  };
  const once = [1, 2, 3, 4].map((batch) => [1, batch * 2]);
  assert.deepEqual(await run(inOrder), { seen: once, played: [8] });
  const twice = await run([...inOrder.slice(2), ...inOrder.slice(0, 2)]);
  assert.deepEqual(twice.seen, [...once, ...once.map(([, events]) => [2, events])]);
  assert.equal(twice.played[1], 8);
});

test('a source that changes between the passes is an error', async () => {
  const late = [3, 4, 5, 6, 7, 8, 1].map(wait);
  let opened = 0;
  const changing: TraceSource = {
    open: () => recordSource(opened++ === 0 ? late : late.slice(0, -1), [1]).open(),
  };
  await assert.rejects(
    analyzeSource(changing, {}, undefined, { windowEvents: 4 }),
    (error) => error instanceof HoldwaitError && error.code === 'CAPTURE_CHANGED',
  );
});
