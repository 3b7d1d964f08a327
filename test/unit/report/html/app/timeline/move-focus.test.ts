import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TimelineItem } from '../../../../../../src/report/html/app/timeline/item.ts';
import { layoutRows } from '../../../../../../src/report/html/app/timeline/lane-rows.ts';
import { buildTimelineModel } from '../../../../../../src/report/html/app/timeline/model.ts';
import {
  type FocusMove,
  firstFocus,
  moveFocus,
} from '../../../../../../src/report/html/app/timeline/move-focus.ts';
import { makeTimeline } from './sample-timeline.ts';

const wait = (row: number): TimelineItem => ({ type: 'wait', row });
const hold = (row: number): TimelineItem => ({ type: 'hold', row });
const task = (lane: number): TimelineItem => ({ type: 'task', lane });

/** Lane 0: two waits, and two holds that overlap; lane 1: nothing; lane 2, collapsed: three waits. */
const MODEL = buildTimelineModel(
  makeTimeline({
    interests: ['cycle', 'chain', 'other'],
    waits: [
      { lane: 0, beginNs: 100, endNs: 200 },
      { lane: 0, beginNs: 300, endNs: 400 },
      { lane: 2, beginNs: 0, endNs: 10 },
      { lane: 2, beginNs: 320, endNs: 330 },
      { lane: 2, beginNs: 900, endNs: 990 },
    ],
    holds: [
      { lane: 0, beginNs: 0, endNs: 500 },
      { lane: 0, beginNs: 50, endNs: 60 },
    ],
  }),
  [500],
);
const COLLAPSED = layoutRows(MODEL, { isExpanded: false });
const EXPANDED = layoutRows(MODEL, { isExpanded: true });

function move(from: TimelineItem, by: FocusMove, rows = EXPANDED): TimelineItem {
  return moveFocus(MODEL, rows, from, by, 350);
}

describe('moveFocus', () => {
  const cases: readonly [from: TimelineItem, by: FocusMove, to: TimelineItem][] = [
    [task(0), 'next', wait(0)],
    [wait(0), 'next', wait(1)],
    [wait(1), 'next', wait(1)],
    [wait(1), 'previous', wait(0)],
    [wait(0), 'previous', task(0)],
    [task(0), 'previous', task(0)],
    [wait(0), 'last', wait(1)],
    [wait(1), 'first', wait(0)],
    // From line to line within a lane, to what is nearest in time.
    [wait(1), 'down', hold(0)],
    [hold(0), 'down', hold(1)],
    [hold(0), 'up', wait(1)],
    [wait(0), 'up', wait(0)],
    // From lane to lane; one without a span has its task.
    [hold(1), 'down', task(1)],
    [task(1), 'down', task(2)],
    [task(0), 'down', task(1)],
    [wait(3), 'up', task(1)],
    [task(1), 'next', task(1)],
    [task(0), 'pageDown', task(2)],
    [wait(4), 'pageUp', task(0)],
  ];
  for (const [from, by, to] of cases) {
    it(`${JSON.stringify(from)} ${by}`, () => {
      assert.deepEqual(move(from, by), to);
    });
  }

  it('does not go into lanes that are not shown, and comes back from one', () => {
    assert.deepEqual(move(task(1), 'down', COLLAPSED), task(1));
    assert.deepEqual(move(wait(3), 'next', COLLAPSED), task(0));
    assert.deepEqual(move({ type: 'cycle', cycle: 0 }, 'next'), task(0));
  });

  it('begins with the first task, where there is one', () => {
    assert.deepEqual(firstFocus(EXPANDED), task(0));
    assert.equal(
      firstFocus(layoutRows(MODEL, { isExpanded: false, matching: new Uint8Array(3) })),
      undefined,
    );
  });
});
