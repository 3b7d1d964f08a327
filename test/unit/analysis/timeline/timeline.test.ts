import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  type Analysis,
  collectSpans,
  type HoldSpan,
  type SpanSink,
  type SpanTables,
  TimelineCollector,
  type TimelineOptions,
  type WaitSpan,
} from '../../../../analysis/index.ts';
import { HOLD_FIELDS } from '../../../../analysis/timeline/span-fields.ts';
import { SpanPool } from '../../../../analysis/timeline/span-pool.ts';
import {
  DEVICE_POSITION,
  type HoldColumns,
  SPAN_ENDS,
  type Timeline,
  UNKNOWN_POSITION,
  type WaitColumns,
} from '../../../../analysis/timeline/timeline.ts';
import { EVIDENCES, MODES, openTrace, type Trace } from '../../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../trace-of.ts';
import { arbitraryRecords, arbitraryWorld } from '../wait-times/arbitrary-waits.ts';

/** A timeline, and in lists everything that it was made of. */
class Everything implements SpanSink {
  readonly collector: TimelineCollector;
  readonly waits: WaitSpan[] = [];
  readonly holds: HoldSpan[] = [];

  constructor(options: TimelineOptions) {
    this.collector = new TimelineCollector(options);
  }

  wait(span: WaitSpan): void {
    this.waits.push(span);
    this.collector.wait(span);
  }

  hold(span: HoldSpan): void {
    this.holds.push(span);
    this.collector.hold(span);
  }
}

interface Collected {
  readonly timeline: Timeline;
  readonly sink: Everything;
  readonly tables: SpanTables;
  readonly analysis: Analysis;
}

async function collect(trace: Trace, options: TimelineOptions): Promise<Collected> {
  const { analysis, sink, tables } = await collectSpans(openTrace(trace), {}, () => new Everything(options));
  return { analysis, sink, tables, timeline: sink.collector.finish(analysis, tables) };
}

async function timelineOf(trace: Trace, options: TimelineOptions = {}): Promise<Timeline> {
  return (await collect(trace, options)).timeline;
}

const durationNs = ({ beginNs, endNs }: WaitSpan | HoldSpan): number => endNs - beginNs;

/** What should be kept, said with lists and sorting. */
function keep<S extends WaitSpan | HoldSpan>(
  spans: readonly S[],
  most: number,
  matters: (span: S) => boolean,
): S[] {
  const open = spans.filter(({ end }) => end === 'open');
  const closed = spans.filter(({ end }) => end !== 'open');
  const candidates = closed.toSorted((a, b) => durationNs(b) - durationNs(a)).slice(0, 2 * most);
  const chosen = [...candidates.filter(matters), ...candidates.filter((span) => !matters(span))];
  return [...open, ...chosen.slice(0, Math.max(0, most - open.length))];
}

/** Tids that cycles and chains mention. */
function tidsOfInterest({ cycles, chains }: Analysis): Set<number | null> {
  const links = chains.flatMap((chain) => chain.links);
  return new Set([
    ...cycles.flatMap(({ tasks }) => tasks),
    ...links.flatMap(({ waiter, blocker }) => [waiter, blocker]),
  ]);
}

function toMatters({ analysis, tables }: Collected): (span: WaitSpan | HoldSpan) => boolean {
  const tids = tidsOfInterest(analysis);
  const isLast = (task: number, tid: number) =>
    [...tables.tasks].every(([other, one]) => one.tid !== tid || other <= task);
  return ({ task, tid }) => tids.has(tid) && isLast(task, tid);
}

function describeSpan(span: WaitSpan | HoldSpan, { tasks, resources, stacks }: SpanTables): string {
  const nameOf = (task: number) => tasks.get(task)!.name;
  return [
    nameOf(span.task),
    resources.kind(span.resource),
    resources.id(span.resource),
    span.beginNs,
    durationNs(span),
    span.end,
    span.mode,
    stacks.get(span.stack),
    'blockers' in span ? describeBlockers(span, nameOf) : [],
  ].join();
}

/** All blockers of a wait are known in the same way. */
function describeBlockers({ blockers }: WaitSpan, nameOf: (task: number) => string): string {
  const ways = new Set(blockers.map(({ evidence, hard }) => `${evidence},${hard}`));
  assert.ok(ways.size < 2);
  const names = blockers.map(({ io, task }) => (io ? 'device' : nameOf(task!)));
  return `${names.length === 0 ? 'nobody' : names.sort()},${[...ways][0] ?? 'unknown,true'}`;
}

function describeRow(timeline: Timeline, columns: WaitColumns | HoldColumns, row: number): string {
  const { lanes, resources, stacks, frames } = timeline;
  const { kind, id } = resources[columns.resource[row]!]!;
  const stack = columns.stack[row]!;
  const blockerName = (lane: number) =>
    lane === DEVICE_POSITION ? 'device' : lane === UNKNOWN_POSITION ? 'nobody' : lanes[lane]!.name;
  const blockerNames = ({ blocker, blockers }: WaitColumns) =>
    (timeline.blockerSets[blockers[row]!]?.lanes ?? [blocker[row]!]).map(blockerName).sort();
  return [
    lanes[columns.lane[row]!]!.name,
    kind,
    id,
    columns.beginNs[row],
    columns.durationNs[row],
    SPAN_ENDS[columns.end[row]!],
    MODES[columns.mode[row]!],
    stack === UNKNOWN_POSITION ? [] : stacks[stack]!.map((frame) => frames[frame]!),
    'blocker' in columns
      ? [blockerNames(columns), EVIDENCES[columns.evidence[row]!], columns.hard[row] === 1]
      : [],
  ].join();
}

function describeRows(timeline: Timeline, columns: WaitColumns | HoldColumns): string[] {
  return columns.lane.map((_, row) => describeRow(timeline, columns, row));
}

function sumNs(spans: readonly (WaitSpan | HoldSpan)[]): number {
  return spans.reduce((sum, span) => sum + durationNs(span), 0);
}

describe('a timeline', () => {
  const limits = fc.record({
    waits: fc.integer({ min: 1, max: 12 }),
    holds: fc.integer({ min: 1, max: 12 }),
  });
  for (const [name, traces] of Object.entries({ arbitraryWorld, arbitraryRecords })) {
    it(`keeps what is open and the longest, and counts the rest (${name})`, () =>
      fc.assert(
        fc.asyncProperty(traces, limits, async (trace, options) => {
          const collected = await collect(trace, options);
          const { timeline, sink, tables } = collected;
          const matters = toMatters(collected);
          const waits = keep(sink.waits, options.waits, matters);
          const holds = keep(sink.holds, options.holds, matters);
          const describeAll = (spans: readonly (WaitSpan | HoldSpan)[]) =>
            spans.map((span) => describeSpan(span, tables)).sort();
          assert.deepEqual(describeRows(timeline, timeline.waits).sort(), describeAll(waits));
          assert.deepEqual(describeRows(timeline, timeline.holds).sort(), describeAll(holds));
          assert.deepEqual(timeline.omitted, {
            waits: sink.waits.length - waits.length,
            waitedNs: sumNs(sink.waits) - sumNs(waits),
            holds: sink.holds.length - holds.length,
            heldNs: sumNs(sink.holds) - sumNs(holds),
          });
        }),
        { numRuns: 500 },
      ));

    it(`is sorted by lane and time, its lanes by what they are part of (${name})`, () =>
      fc.assert(
        fc.asyncProperty(traces, limits, async (trace, options) => {
          const { timeline, sink, tables } = await collect(trace, options);
          for (const { lane, beginNs } of [timeline.waits, timeline.holds]) {
            for (let row = 1; row < lane.length; row++) {
              assert.ok(
                lane[row - 1]! < lane[row]! ||
                  (lane[row - 1] === lane[row] && beginNs[row - 1]! <= beginNs[row]!),
              );
            }
          }
          const order = ['cycle', 'chain', 'other'];
          const ranks = timeline.lanes.map(({ interest }) => order.indexOf(interest));
          assert.deepEqual(ranks, ranks.toSorted());
          const others = timeline.lanes.filter(({ interest }) => interest === 'other');
          assert.deepEqual(
            others.map(({ waitedNs }) => waitedNs),
            others.map(({ waitedNs }) => waitedNs).toSorted((a, b) => b - a),
          );
          // Two tasks that had a tid one after the other may have one name.
          const tasks = [...tables.tasks].map(([task, { tid, name }]) => {
            const own = sink.waits.filter((span) => span.task === task);
            return { tid, name, waits: own.length, waitedNs: sumNs(own) };
          });
          for (const { interest: _, ...lane } of timeline.lanes) {
            assert.ok(tasks.some((task) => isDeepStrictEqual(task, lane)));
          }
        }),
        { numRuns: 200 },
      ));
  }

  it('begins with the cycle, then with who waits for it', async () => {
    const timeline = await timelineOf(
      traceOf([
        waitBegin(0, 9, 'mutex', 'z'),
        waitEnd(5, 9, 'mutex', 'z'),
        holdBegin(10, 2, 'mutex', 'a'),
        holdBegin(10, 1, 'mutex', 'b'),
        waitBegin(20, 3, 'mutex', 'a'),
        waitBegin(21, 2, 'mutex', 'b'),
        waitBegin(22, 1, 'mutex', 'a'),
      ]),
    );
    assert.deepEqual(
      timeline.lanes.map(({ tid, interest }) => [tid, interest]),
      [
        [1, 'cycle'],
        [2, 'cycle'],
        [3, 'chain'],
        [9, 'other'],
      ],
    );
    assert.deepEqual(timeline.waits.blocker, [1, 0, 1, UNKNOWN_POSITION]);
  });

  it('lists everybody whom an open wait is for, tasks of a cycle first, once for all waits with the same', async () => {
    const readers = Array.from({ length: 50 }, (_, i) =>
      holdBegin(i, 100 + i, 'rwsem', 's', { mode: 'read' }),
    );
    const { lanes, waits, blockerSets } = await timelineOf(
      traceOf([
        holdBegin(0, 1, 'mutex', 'm'),
        ...readers,
        waitBegin(50, 1, 'rwsem', 's', { mode: 'write' }),
        waitBegin(51, 2, 'rwsem', 's', { mode: 'write' }),
        waitBegin(60, 149, 'mutex', 'm'),
      ]),
    );
    assert.deepEqual(
      lanes.slice(0, 4).map(({ tid, interest }) => [tid, interest]),
      [
        [1, 'cycle'],
        [149, 'cycle'],
        [2, 'chain'],
        [100, 'other'],
      ],
    );
    assert.deepEqual(waits.blocker, [1, 0, 1]);
    assert.deepEqual(waits.blockers, [0, UNKNOWN_POSITION, 0]);
    assert.equal(blockerSets.length, 1);
    const [{ lanes: listed, more }] = blockerSets as [Timeline['blockerSets'][number]];
    assert.deepEqual([listed[0], lanes[listed[1]!]!.tid, listed.length, more], [1, 100, 32, 18]);
  });

  it('prefers the short waits of a cycle to the longer ones of others', async () => {
    const others = Array.from({ length: 4 }, (_, i) => [
      waitBegin(100 * i, 7, 'mutex', 'z'),
      waitEnd(100 * i + 50, 7, 'mutex', 'z'),
    ]);
    const deadlock = [
      waitBegin(1000, 1, 'mutex', 'c'),
      waitEnd(1001, 1, 'mutex', 'c'),
      holdBegin(1010, 2, 'mutex', 'a'),
      holdBegin(1010, 1, 'mutex', 'b'),
      waitBegin(1021, 2, 'mutex', 'b'),
      waitBegin(1022, 1, 'mutex', 'a'),
    ];
    const { waits, lanes, omitted } = await timelineOf(traceOf([...others.flat(), ...deadlock]), {
      waits: 4,
    });
    assert.deepEqual(
      waits.lane.map((lane, row) => [lanes[lane]!.tid, waits.durationNs[row]]),
      [
        [1, 1],
        [1, 0],
        [2, 1],
        [7, 50],
      ],
    );
    assert.deepEqual(omitted, { waits: 3, waitedNs: 150, holds: 0, heldNs: 0 });
  });

  it('keeps all that is open, whatever was asked for', async () => {
    const records = Array.from({ length: 40 }, (_, i) => waitBegin(i, i + 1, 'mutex', 'm'));
    const { waits, omitted } = await timelineOf(traceOf(records), { waits: 3 });
    assert.equal(waits.lane.length, 40);
    assert.equal(omitted.waits, 0);
  });

  it('tells apart the tasks that had a tid one after the other', async () => {
    const { lanes } = await timelineOf(
      traceOf([
        { type: 'task', ts: 0, tid: 5, pid: 5, comm: 'old' },
        holdBegin(1, 5, 'mutex', 'm'),
        holdEnd(2, 5, 'mutex', 'm'),
        { type: 'task', ts: 10, tid: 5, pid: 4, comm: 'new' },
        waitBegin(20, 5, 'mutex', 'm'),
      ]),
    );
    assert.deepEqual(
      lanes.map(({ name, waits }) => [name, waits]),
      [
        ['new:5', 1],
        ['old:5', 0],
      ],
    );
  });
});

describe('a pool of spans', () => {
  it('takes memory for what it keeps, not for what it was given', () => {
    const before = process.memoryUsage().arrayBuffers;
    const pool = new SpanPool(1000, HOLD_FIELDS);
    for (let i = 0; i < 1_000_000; i++) {
      pool.add(i, i % 10_007, false, { task: i % 50, resource: i, stack: i, mode: 0, end: 1 });
    }
    // A million rows are 37 MB.
    assert.ok(process.memoryUsage().arrayBuffers - before < 5e6);
    const { durationNs } = pool.select('task', () => false);
    assert.equal(durationNs.length, 1000);
    assert.ok(durationNs.every((ns) => ns >= 10_007 - 11));
  });
});
