import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findMatchingLanes } from '../../../../../../src/report/html/app/timeline/filter-lanes.ts';
import { sumLoad } from '../../../../../../src/report/html/app/timeline/load-over-time.ts';
import { buildTimelineModel } from '../../../../../../src/report/html/app/timeline/model.ts';
import { arbitrarySpans, makeTimeline, SAMPLE_END_NS } from './sample-timeline.ts';

describe('sumLoad', () => {
  it('is the mean number of waits at a time in each column', () => {
    fc.assert(
      fc.property(arbitrarySpans(2), fc.integer({ min: 1, max: 40 }), (waits, columns) => {
        const model = buildTimelineModel(makeTimeline({ interests: ['other', 'other'], waits }), []);
        const { all, most } = sumLoad(model.waits, SAMPLE_END_NS, columns);
        const columnNs = SAMPLE_END_NS / columns;
        all.forEach((load, column) => {
          const left = column * columnNs;
          const expected = waits.reduce(
            (sum, { beginNs, endNs }) =>
              sum + Math.max(0, Math.min(endNs, left + columnNs) - Math.max(beginNs, left)) / columnNs,
            0,
          );
          assert.ok(Math.abs(load - expected) < 1e-6, `column ${column}: ${load} for ${expected}`);
        });
        assert.equal(most, Math.max(...all));
      }),
    );
  });

  it('tells those that are stuck', () => {
    const waits = [
      { lane: 0, beginNs: 500, endNs: 1000, end: 'open', blocker: 0 },
      { lane: 1, beginNs: 0, endNs: 1000 },
    ] as const;
    const model = buildTimelineModel(makeTimeline({ interests: ['cycle', 'other'], waits }), [500]);
    const { all, stuck } = sumLoad(model.waits, 1000, 2);
    assert.deepEqual([...all], [1, 2]);
    assert.deepEqual([...stuck], [0, 1]);
  });
});

describe('findMatchingLanes', () => {
  const timeline = {
    ...makeTimeline({
      interests: ['cycle', 'other', 'other'],
      kinds: ['mutex', 'rwsem'],
      waits: [
        { lane: 0, beginNs: 0, endNs: 1, resource: 1 },
        { lane: 1, beginNs: 0, endNs: 1 },
      ],
      holds: [{ lane: 2, beginNs: 0, endNs: 1, resource: 1 }],
    }),
    frames: ['folio_lock+0x10/0x20', 'schedule'],
    stacks: [[1, 0]],
  };
  const withStack = { ...timeline, waits: { ...timeline.waits, stack: [-1, 0] } };
  const cases: readonly [terms: readonly string[], lanes: readonly number[]][] = [
    [[], [1, 1, 1]],
    [['rwsem'], [1, 0, 1]],
    [['task1'], [0, 1, 0]],
    [
      ['task', 'rwsem', '0x1'],
      [1, 0, 1],
    ],
    [['folio_lock'], [0, 1, 0]],
    [
      ['rwsem', 'folio_lock'],
      [0, 0, 0],
    ],
  ];
  for (const [terms, lanes] of cases) {
    it(`finds lanes with ${JSON.stringify(terms)} in what they are about`, () => {
      assert.deepEqual([...findMatchingLanes(withStack, terms)], lanes);
    });
  }
});
