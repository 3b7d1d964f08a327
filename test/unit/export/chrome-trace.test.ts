import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { collectSpans, type HoldSpan, type WaitSpan } from '../../../analysis/index.ts';
import { importNdjson } from '../../../src/import/index.ts';
import { openTrace, type Trace, type TraceSource } from '../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../analysis/trace-of.ts';
import { arbitraryRecords, arbitraryWorld } from '../analysis/wait-times/arbitrary-waits.ts';
import { analyzeGolden, DOCUMENTED, GOLDEN, goldenPath } from '../golden-captures.ts';
import { hostileTrace } from '../report/html/hostile-trace.ts';
import { simulatedSource } from '../simulate/simulated-trace.ts';
import { checkTraceEvents, type ReadEvent, type ReadTrace } from './check-trace-events.ts';
import { exportBytes } from './export-file.ts';

async function exportTrace(source: TraceSource): Promise<ReadTrace> {
  return checkTraceEvents((await exportBytes(source, 'chrome-trace')).toString());
}

async function exportGolden(name: string): Promise<ReadTrace> {
  return exportTrace(openTrace(await importNdjson(goldenPath(`${name}.ndjson`))));
}

/** Every span of a capture as begin and length, sorted. */
async function spansOf(source: TraceSource): Promise<Record<'waits' | 'holds', string[]>> {
  const spans = { waits: [] as string[], holds: [] as string[] };
  const toText = ({ beginNs, endNs }: WaitSpan | HoldSpan) => `${beginNs} ${endNs - beginNs}`;
  await collectSpans(source, {}, () => ({
    wait: (span) => void spans.waits.push(toText(span)),
    hold: (span) => void spans.holds.push(toText(span)),
  }));
  return { waits: spans.waits.sort(), holds: spans.holds.sort() };
}

function slicesOf({ events }: ReadTrace, cat: string): ReadEvent[] {
  return events.filter((event) => event.ph === 'X' && event.cat === cat);
}

function timesOf(trace: ReadTrace, cat: string): string[] {
  return slicesOf(trace, cat)
    .map(({ ts, dur }) => `${ts} ${dur}`)
    .sort();
}

/** Each arrow as the names of the tracks that it leads from and to. */
function arrowsOf({ arrows, trackOf }: ReadTrace): string[] {
  return arrows.map(({ from, to }) => `${trackOf(from)} -> ${trackOf(to)}`);
}

describe('a trace of events', () => {
  for (const name of GOLDEN) {
    it(`of ${name} has every wait and hold to the ns`, async () => {
      const source = openTrace(await importNdjson(goldenPath(`${name}.ndjson`)));
      const trace = await exportTrace(source);
      const spans = await spansOf(source);
      assert.deepEqual(timesOf(trace, 'waits'), spans.waits);
      assert.deepEqual(timesOf(trace, 'holds'), spans.holds);
      assert.equal(trace.about.leftOut, 'nothing');
    });
  }

  for (const name of DOCUMENTED) {
    it(`of ${name} has an arrow for each edge of the cycle and marks when it closed`, async () => {
      const trace = await exportGolden(name);
      const { cycles, tasks } = await analyzeGolden(name);
      const { edges, closedNs } = cycles[0]!;
      const arrows = arrowsOf(trace);
      for (const { waiter, blocker } of edges.filter((edge) => edge.waiter !== edge.blocker)) {
        const [from, to] = [tasks[waiter]!.name, tasks[blocker!]!.name];
        assert.ok(
          arrows.includes(`${from} -> ${to} holds`) || arrows.includes(`${from} -> ${to}`),
          `${from} -> ${to}`,
        );
      }
      const closed = trace.events.filter(({ ph, cat }) => ph === 'i' && cat === 'cycle');
      assert.deepEqual(
        closed.map(({ ts }) => ts),
        [closedNs],
      );
    });
  }

  it('groups threads by their process', async () => {
    const trace = await exportGolden('netfs-sb-writers-mmap');
    const xattr = slicesOf(trace, 'waits').find((event) => trace.trackOf(event) === 'xattr:411')!;
    assert.equal(trace.processOf(xattr), 'netfs:410');
    const { resource, mode, blocker, evidence, end, stack } = xattr.args;
    assert.deepEqual(
      { resource, mode, blocker, evidence, end },
      {
        resource: 'rwsem 0xffff8a5b02c7d170 (mm_struct.mmap_lock of netfs:410)',
        mode: 'read',
        blocker: 'mapper:412',
        evidence: 'queued behind (traced)',
        end: 'still open',
      },
    );
    assert.match(String(stack), /^rwsem_down_read_slowpath\ndown_read\n/);
  });

  it('shows the allocation that a task is inside of', async () => {
    const trace = await exportGolden('ext4-fault-writeback');
    const [allocation] = slicesOf(trace, 'allocation');
    assert.equal(trace.trackOf(allocation!), 'p1-task1:412 inside');
    assert.deepEqual(
      [allocation!.name, allocation!.ts, allocation!.ts + allocation!.dur],
      ['pte_alloc_one', 3_001_000_000, 45_200_000_000],
    );
  });

  it('has a simulated capture with all its losses', async () => {
    const source = simulatedSource({ events: 20_000, seed: 5, tasks: 64 }, 1000);
    const trace = await exportTrace(source);
    const spans = await spansOf(source);
    assert.deepEqual(timesOf(trace, 'waits'), spans.waits);
    assert.equal(slicesOf(trace, 'holds').length + countLeftOut(trace), spans.holds.length);
    assert.match(trace.about.lost!, /^\d+ lost_events/);
  });

  it('can be read whatever comes in which order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(arbitraryWorld, arbitraryRecords), async (trace) => {
        await exportTrace(openTrace(trace));
      }),
      { numRuns: 100 },
    );
  });

  it('can be read whatever tasks and locks are called', async () => {
    const trace = await exportTrace(openTrace(hostileTrace()));
    assert.ok(slicesOf(trace, 'waits').length > 20);
  });

  it('draws what a task holds at a time one below the other', async () => {
    const tracks = await tracksOf(
      traceOf([
        holdBegin(10, 1, 'mutex', 'a'),
        holdBegin(20, 1, 'mutex', 'b'),
        holdEnd(30, 1, 'mutex', 'a'),
        holdBegin(30, 1, 'mutex', 'c'),
        holdEnd(40, 1, 'mutex', 'b'),
        holdEnd(50, 1, 'mutex', 'c'),
      ]),
    );
    assert.deepEqual(tracks, { 'mutex a': '1 holds', 'mutex b': '1 holds 2', 'mutex c': '1 holds' });
  });

  it('counts what a task holds beyond what can be drawn', async () => {
    const begins = Array.from({ length: 100 }, (_, i) => holdBegin(10, 1, 'mutex', String(i)));
    const records = [...begins, holdEnd(20, 1, 'mutex', '0')];
    const trace = await exportTrace(openTrace(traceOf(records)));
    assert.equal(slicesOf(trace, 'holds').length + countLeftOut(trace), 100);
    assert.ok(slicesOf(trace, 'holds').length < 100);
  });

  it('leads to every reader that a writer waits for', async () => {
    const trace = await exportTrace(
      openTrace(
        traceOf([
          holdBegin(10, 1, 'rwsem', 'a', { mode: 'read' }),
          holdBegin(20, 2, 'rwsem', 'a', { mode: 'read' }),
          waitBegin(30, 3, 'rwsem', 'a', { mode: 'write' }),
          holdBegin(90, 9, 'mutex', 'b'),
        ]),
      ),
    );
    assert.deepEqual(arrowsOf(trace).sort(), ['3 -> 1 holds', '3 -> 2 holds']);
    assert.equal(slicesOf(trace, 'waits')[0]!.args.blocker, '1 and 2');
  });

  it('has no arrow from a wait that took no time, which readers see after what it leads to', async () => {
    const records = [
      waitBegin(0, 2, 'mutex', 'a'),
      waitBegin(10, 4, 'mutex', 'b', { holder: 2 }),
      waitEnd(10, 4, 'mutex', 'b'),
      waitBegin(20, 4, 'mutex', 'b', { holder: 2 }),
      waitEnd(30, 4, 'mutex', 'b'),
    ];
    const { arrows } = await exportTrace(openTrace(traceOf(records)));
    assert.deepEqual(
      arrows.map(({ to }) => to.ts),
      [20],
    );
  });

  it('keeps tasks apart that had the same tid', async () => {
    const builder = traceOf([
      { type: 'task', ts: 0, tid: 7, pid: 7, comm: 'first' },
      waitBegin(10, 7, 'mutex', 'a'),
      waitEnd(20, 7, 'mutex', 'a'),
      { type: 'task', ts: 30, tid: 7, pid: 5, comm: 'second' },
      waitBegin(40, 7, 'mutex', 'a'),
    ]);
    const trace = await exportTrace(openTrace(builder));
    const names = slicesOf(trace, 'waits').map((event) => [trace.trackOf(event), trace.processOf(event)]);
    assert.deepEqual(names.sort(), [
      ['first:7', 'first:7'],
      ['second:7', 'process of second:7'],
    ]);
  });
});

async function tracksOf(trace: Trace): Promise<Record<string, string>> {
  const read = await exportTrace(openTrace(trace));
  return Object.fromEntries(slicesOf(read, 'holds').map((event) => [event.name, read.trackOf(event)]));
}

function countLeftOut({ about }: ReadTrace): number {
  return Number(/(\d+) holds/.exec(about.leftOut!)?.[1] ?? 0);
}
