import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEVICE_POSITION } from '../../../../../../analysis/timeline/timeline.ts';
import { fitCycles } from '../../../../../../src/report/html/app/timeline/fit.ts';
import { HOLD_LOOKS, WAIT_LOOKS } from '../../../../../../src/report/html/app/timeline/looks.ts';
import {
  buildTimelineModel,
  type TimelineModel,
} from '../../../../../../src/report/html/app/timeline/model.ts';
import { traceSelected } from '../../../../../../src/report/html/app/timeline/trace-chain.ts';
import { makeTimeline } from './sample-timeline.ts';

/** Lanes 0 and 1 wait for each other, 2 behind 0, 3 behind 2, 4 for a device, 5 for nobody known. */
const DEADLOCK = makeTimeline({
  interests: ['cycle', 'cycle', 'chain', 'chain', 'chain', 'chain'],
  kinds: ['mutex', 'rwsem', 'io'],
  waits: [
    { lane: 0, beginNs: 300, endNs: 1000, end: 'open', resource: 1, blocker: 1 },
    { lane: 1, beginNs: 400, endNs: 1000, end: 'open', resource: 0, blocker: 0 },
    { lane: 2, beginNs: 500, endNs: 1000, end: 'open', resource: 0, blocker: 0 },
    { lane: 3, beginNs: 600, endNs: 1000, end: 'open', resource: 1, blocker: 2 },
    { lane: 4, beginNs: 700, endNs: 1000, end: 'open', resource: 2, blocker: DEVICE_POSITION },
    { lane: 5, beginNs: 800, endNs: 1000, end: 'open', resource: 0 },
  ],
  holds: [
    { lane: 0, beginNs: 200, endNs: 1000, end: 'open', resource: 0 },
    { lane: 1, beginNs: 250, endNs: 1000, end: 'open', resource: 1 },
    { lane: 2, beginNs: 100, endNs: 1000, end: 'open', resource: 2 },
  ],
});

function looksOf({ waits, holds }: TimelineModel) {
  const rowsOf = (table: typeof waits, names: readonly string[]) =>
    [...table.positions].map((position) => names[table.look[position]!]);
  return { waits: rowsOf(waits, WAIT_LOOKS), holds: rowsOf(holds, HOLD_LOOKS) };
}

describe('what spans are drawn as', () => {
  it('tells waits in a cycle, behind one, for a device and for a lock apart, and what keeps the cycle closed', () => {
    assert.deepEqual(looksOf(buildTimelineModel(DEADLOCK, [400])), {
      waits: ['cycle', 'cycle', 'behind', 'behind', 'io', 'lock'],
      holds: ['wanted', 'wanted', 'held'],
    });
  });

  it('calls nothing stuck where there is no cycle, or where the wait ended', () => {
    const timeline = makeTimeline({
      interests: ['chain', 'chain', 'cycle'],
      waits: [
        { lane: 0, beginNs: 300, endNs: 1000, end: 'open', blocker: 1 },
        { lane: 1, beginNs: 300, endNs: 1000, end: 'open', blocker: 0 },
        { lane: 2, beginNs: 300, endNs: 400, blocker: 0 },
      ],
    });
    assert.deepEqual(looksOf(buildTimelineModel(timeline, [])).waits, ['lock', 'lock', 'lock']);
  });

  it('shows the cycles from the first of their holds on', () => {
    const views = fitCycles(buildTimelineModel(DEADLOCK, [400]));
    assert.deepEqual(views, { waits: { fromNs: 160, toNs: 1040 }, closing: { fromNs: 190, toNs: 410 } });
    assert.equal(fitCycles(buildTimelineModel(makeTimeline({ interests: ['chain'] }), [])), undefined);
  });
});

const CYCLE = { type: 'cycle', cycle: 0 } as const;

function trace(model: TimelineModel, row: number) {
  return traceSelected(model, { type: 'wait', row })!;
}

describe('traceSelected', () => {
  it('follows open waits at the end of the capture into the cycle, and once around', () => {
    const { atNs, fromNs, toNs, steps } = trace(buildTimelineModel(DEADLOCK, [400]), 3);
    assert.deepEqual([fromNs, atNs, toNs], [600, 1000, 1000]);
    assert.deepEqual(steps, [
      { waitRow: 3, lane: 3, blocker: { type: 'task', lane: 2, holdRow: undefined }, others: [] },
      { waitRow: 2, lane: 2, blocker: { type: 'task', lane: 0, holdRow: 0 }, others: [] },
      { waitRow: 0, lane: 0, blocker: { type: 'task', lane: 1, holdRow: 1 }, others: [] },
      { waitRow: 1, lane: 1, blocker: { type: 'task', lane: 0, holdRow: 0 }, others: [] },
    ]);
  });

  it('ends at a device and at nobody known', () => {
    const model = buildTimelineModel(DEADLOCK, [400]);
    assert.deepEqual(trace(model, 4).steps, [
      { waitRow: 4, lane: 4, blocker: { type: 'device' }, others: [] },
    ]);
    assert.deepEqual(trace(model, 5).steps, [
      { waitRow: 5, lane: 5, blocker: { type: 'unknown' }, others: [] },
    ]);
  });

  it('goes on with the one of several blockers that leads into a cycle, and tells the others', () => {
    const open = { endNs: 1000, end: 'open' } as const;
    const timeline = makeTimeline({
      interests: ['cycle', 'chain', 'chain', 'chain', 'chain', 'other'],
      waits: [
        { lane: 0, beginNs: 100, ...open, blocker: 0 },
        { lane: 1, beginNs: 100, ...open },
        { lane: 2, beginNs: 100, ...open, blocker: 0 },
        { lane: 3, beginNs: 100, ...open, blockers: [1, 2, 5] },
        { lane: 4, beginNs: 100, ...open, blockers: [3, 5] },
      ],
      holds: [{ lane: 5, beginNs: 50, ...open }],
    });
    const model = buildTimelineModel(timeline, [100]);
    assert.deepEqual(looksOf(model).waits, ['cycle', 'lock', 'behind', 'behind', 'behind']);
    const { steps } = trace(model, 4);
    assert.deepEqual(
      steps.map(({ lane, others }) => [lane, others]),
      [
        [4, [{ lane: 5, holdRow: 0 }]],
        [
          3,
          [
            { lane: 1, holdRow: undefined },
            { lane: 5, holdRow: 0 },
          ],
        ],
        [2, []],
        [0, []],
      ],
    );
  });

  it('looks at a wait that ended while its blocker itself waited longest', () => {
    const timeline = makeTimeline({
      interests: ['other', 'other', 'other'],
      waits: [
        { lane: 0, beginNs: 0, endNs: 100, blocker: 1 },
        { lane: 1, beginNs: 10, endNs: 20, blocker: 2 },
        { lane: 1, beginNs: 60, endNs: 90, blocker: 2 },
      ],
    });
    const { atNs, fromNs, toNs, steps } = trace(buildTimelineModel(timeline, []), 0);
    assert.deepEqual([fromNs, atNs, toNs], [60, 75, 90]);
    assert.deepEqual(
      steps.map(({ waitRow }) => waitRow),
      [0, 2],
    );
  });

  it('follows the wait that closed a cycle, unless there are several', () => {
    assert.equal(traceSelected(buildTimelineModel(DEADLOCK, [400]), CYCLE)?.steps[0]?.waitRow, 1);
    assert.equal(traceSelected(buildTimelineModel(DEADLOCK, [500]), CYCLE), undefined);
    const both = DEADLOCK.waits.beginNs.map((ns) => (ns === 300 ? 400 : ns));
    const timeline = { ...DEADLOCK, waits: { ...DEADLOCK.waits, beginNs: both } };
    assert.equal(traceSelected(buildTimelineModel(timeline, [400]), CYCLE), undefined);
  });

  it('takes what began last where an interrupt waits on top of a wait', () => {
    const timeline = makeTimeline({
      interests: ['chain', 'chain'],
      waits: [
        { lane: 0, beginNs: 0, endNs: 1000, end: 'open', blocker: 1 },
        { lane: 1, beginNs: 0, endNs: 1000, end: 'open' },
        { lane: 1, beginNs: 500, endNs: 1000, end: 'open', blocker: DEVICE_POSITION },
      ],
    });
    assert.equal(trace(buildTimelineModel(timeline, []), 0).steps[1]!.waitRow, 2);
  });
});
