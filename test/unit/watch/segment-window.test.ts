import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import { loadSqlite } from '../../../src/store/index.ts';
import { addRecord, TraceBuilder, type TraceRecord } from '../../../src/trace/index.ts';
import { LiveAnalysis } from '../../../src/watch/live-analysis.ts';
import { saveSegments } from '../../../src/watch/save-window.ts';
import { SegmentWindow } from '../../../src/watch/segment-window.ts';
import { LOCK_COUNT, LockWorld, type Step, TASK_COUNT } from '../analysis/lock-world.ts';
import { traceOf } from '../analysis/trace-of.ts';

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('acquire', 'acquire', 'acquire', 'release', 'give-up', 'submit', 'complete', 'restart'),
  task: fc.nat({ max: TASK_COUNT - 1 }),
  lock: fc.nat({ max: LOCK_COUNT - 1 }),
  mode: fc.constantFrom('read', 'write'),
});
const steps = fc.array(fc.noBias(step), { minLength: 20, maxLength: 80, size: 'max' });

/** Without what counts the events, which are fewer, and without names that only events of before have. */
function essence({ verdict, cycles, chains }: Analysis): unknown {
  return { verdict, cycles, chains };
}

describe('the pieces of a window', { timeout: 120_000 }, () => {
  it('make one capture with the answer of the whole, also where the first of them are gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 0, max: 300 }),
        async (played, batchSize, batchesPerPiece, keepNs) => {
          const folder = mkdtempSync(join(tmpdir(), 'holdwait-window-'));
          try {
            const records: TraceRecord[] = [];
            const world = new LockWorld((record) => records.push(record));
            for (const one of played) {
              world.play(one);
            }
            const run = new WindowRun(folder, keepNs);
            for (let i = 0; i * batchSize < records.length; i++) {
              run.add(records.slice(i * batchSize, (i + 1) * batchSize), i % batchesPerPiece === 0);
            }
            const saved = join(folder, 'saved.sqlite');
            await run.window.read((segments) => saveSegments(segments, saved, { endNs: world.nowNs }));
            assert.deepEqual(
              essence(analyzeTrace(loadSqlite(saved))),
              essence(analyzeTrace({ ...traceOf(records), endNs: world.nowNs })),
            );
            await run.window.end({});
          } finally {
            rmSync(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('have the latest label of a resource that they began with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-window-'));
    const run = new WindowRun(folder, 1e9);
    const hold: TraceRecord = { type: 'hold_begin', ts: 1, tid: 1, kind: 'mutex', res: 'a', label: 'old' };
    run.add([hold], true);
    run.add([{ ...hold, ts: 2, label: 'new' }], true);
    run.add([{ ...hold, ts: 3, label: 'newest' }], false);
    const [, last] = readdirSync(folder).filter((name) => name.endsWith('.sqlite'));
    const { resources, events } = loadSqlite(join(folder, last!));
    assert.deepEqual([resources.size, resources.label(0), events.length], [1, 'newest', 3]);
    await run.window.end({});
    rmSync(folder, { recursive: true });
  });

  it('are not begun anew for what is open all the time, however much that is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-window-'));
    const run = new WindowRun(folder, 1e9, 1);
    const holds = (from: number, count: number): TraceRecord[] =>
      Array.from({ length: count }, (_, i) => {
        return { type: 'hold_begin', ts: 1, tid: from + i, kind: 'mutex', res: `0x${from + i}` };
      });
    run.add(holds(0, 10_000), true);
    assert.ok(run.isFull());
    run.add([], true);
    assert.ok(!run.isFull());
    run.add(holds(10_000, 40_000), false);
    assert.ok(run.isFull());
    await run.window.end({});
    rmSync(folder, { recursive: true });
  });

  it('are left to a later watch, which lets them go in its time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-window-'));
    const first = new WindowRun(folder, 1e9);
    first.add([{ type: 'hold_begin', ts: 1, tid: 1, kind: 'mutex', res: 'a' }], true);
    await first.window.end({});
    const second = new WindowRun(folder, 1e9);
    second.add([{ type: 'hold_begin', ts: 0.9e9, tid: 1, kind: 'mutex', res: 'a' }], true);
    assert.deepEqual(second.window.fileCount, 2);
    await second.window.read(async (segments) => assert.equal(segments.length, 1));
    second.add([{ type: 'hold_begin', ts: 1.2e9, tid: 1, kind: 'mutex', res: 'b' }], true);
    await second.window.end({});
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.sqlite')),
      ['segment-000002.sqlite', 'segment-000003.sqlite'],
    );
    rmSync(folder, { recursive: true });
  });
});

/** A capture in one piece after another, as a watch writes it. */
class WindowRun {
  readonly window: SegmentWindow;
  readonly #live = new LiveAnalysis({ keepNs: 1e9, onClosed: () => {} });
  #builder = new TraceBuilder();
  readonly #names = new Map<number, TraceRecord>();

  constructor(folder: string, keepNs: number, keepBytes = 2 ** 30) {
    this.window = new SegmentWindow({ folder, keepNs, keepBytes });
    this.window.startSession();
  }

  add(records: readonly TraceRecord[], renew: boolean): void {
    if (renew) {
      this.#renew();
    }
    for (const record of records) {
      if (record.type === 'task') {
        this.#names.set(record.tid!, record);
      }
      assert.equal(addRecord(this.#builder, record), undefined);
    }
    const batch = this.#builder.take();
    this.#live.play(batch.events, batch.losses);
    this.window.setTime(this.#builder.latestNs);
    this.window.write(batch, this.#builder);
  }

  isFull(): boolean {
    return this.window.isFull(this.#builder);
  }

  #renew(): void {
    const builder = new TraceBuilder();
    builder.startAt(this.#builder.latestNs);
    const head = this.#live.renew(builder, builder.latestNs);
    // The world names its tasks once, a tracer whenever it tells of one.
    for (const record of this.#names.values()) {
      addRecord(builder, record);
    }
    this.window.end({});
    this.window.begin({}, builder, head);
    this.#builder = builder;
  }
}
