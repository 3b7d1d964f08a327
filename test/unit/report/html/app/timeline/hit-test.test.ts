import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hitSpan, hitTask } from '../../../../../../src/report/html/app/timeline/hit-test.ts';
import {
  layoutRows,
  placeStrips,
  rowAt,
  rowsHeight,
} from '../../../../../../src/report/html/app/timeline/lane-rows.ts';
import { buildTimelineModel } from '../../../../../../src/report/html/app/timeline/model.ts';
import { MIN_BAR_PX } from '../../../../../../src/report/html/app/timeline/span-index.ts';
import { scaleOf, xOf } from '../../../../../../src/report/html/app/timeline/time-view.ts';
import { arbitrarySpans, makeTimeline, SAMPLE_END_NS } from './sample-timeline.ts';

const INTERESTS = ['cycle', 'chain', 'other'] as const;

const arbitraryModel = fc
  .tuple(arbitrarySpans(3), arbitrarySpans(3))
  .map(([waits, holds]) => buildTimelineModel(makeTimeline({ interests: INTERESTS, waits, holds }), []));

describe('hitSpan', () => {
  it('finds every span that is drawn as a bar where it is drawn', () => {
    fc.assert(
      fc.property(arbitraryModel, fc.integer({ min: 50, max: 3000 }), (model, widthPx) => {
        const rows = layoutRows(model, { isExpanded: true });
        const scale = scaleOf({ fromNs: 0, toNs: SAMPLE_END_NS }, widthPx);
        rows.lanes.forEach((lane, row) => {
          for (const { table, strip, top, height } of lane < 0 ? [] : placeStrips(model, rows, row)) {
            const isLaidOver = strip === table.laneStrips[lane]! + 7;
            for (
              let position = table.stripStart[strip]!;
              position < table.stripStart[strip + 1]!;
              position++
            ) {
              const middleNs = (table.beginNs[position]! + table.endNs[position]!) / 2;
              const widthNs = table.endNs[position]! - table.beginNs[position]!;
              if (widthNs >= MIN_BAR_PX * scale.nsPerPx && !isLaidOver) {
                const hit = hitSpan(model, rows, scale, xOf(scale, middleNs), top + height / 2);
                assert.deepEqual(hit?.item, { type: table.type, row: table.rows[position] });
              }
            }
          }
        });
      }),
    );
  });

  it('tells how many spans share the pixel, and finds the longest of them', () => {
    const waits = [10, 12, 14, 16].map((beginNs, i) => ({
      lane: 0,
      beginNs,
      endNs: beginNs + (i === 2 ? 2 : 1),
    }));
    const model = buildTimelineModel(makeTimeline({ interests: ['cycle'], waits }), []);
    const rows = layoutRows(model, { isExpanded: false });
    const scale = scaleOf({ fromNs: 0, toNs: 1000 }, 100);
    assert.deepEqual(hitSpan(model, rows, scale, 1.3, 10), { item: { type: 'wait', row: 2 }, others: 3 });
  });

  it('finds nothing beside spans, between lanes and below them', () => {
    const model = buildTimelineModel(
      makeTimeline({ interests: ['cycle'], waits: [{ lane: 0, beginNs: 0, endNs: 100 }] }),
      [],
    );
    const rows = layoutRows(model, { isExpanded: false });
    const scale = scaleOf({ fromNs: 0, toNs: 1000 }, 1000);
    assert.equal(hitSpan(model, rows, scale, 500, 10), undefined);
    assert.equal(hitSpan(model, rows, scale, 50, 1), undefined);
    assert.equal(hitSpan(model, rows, scale, 50, rowsHeight(rows) + 1), undefined);
  });
});

describe('layoutRows', () => {
  const model = buildTimelineModel(makeTimeline({ interests: ['cycle', 'chain', 'other', 'other'] }), []);

  it('collapses the other lanes into a line, and shows them below it', () => {
    assert.deepEqual([...layoutRows(model, { isExpanded: false }).lanes], [0, 1, -1]);
    assert.deepEqual([...layoutRows(model, { isExpanded: true }).lanes], [0, 1, -1, 2, 3]);
  });

  it('shows what a filter finds, collapsed or not', () => {
    const rows = layoutRows(model, { isExpanded: false, matching: Uint8Array.of(0, 1, 0, 1) });
    assert.deepEqual([...rows.lanes], [1, 3]);
    assert.deepEqual([...rows.rowOf], [-1, 0, -1, 1]);
  });

  it('hides nothing where nothing is of interest', () => {
    const others = buildTimelineModel(makeTimeline({ interests: ['other', 'other'] }), []);
    assert.deepEqual([...layoutRows(others, { isExpanded: false }).lanes], [0, 1]);
  });

  it('finds the row at each height', () => {
    const rows = layoutRows(model, { isExpanded: true });
    rows.lanes.forEach((lane, row) => {
      for (const y of [rows.tops[row]!, rows.tops[row + 1]! - 0.5]) {
        assert.equal(rowAt(rows, y), row);
        assert.deepEqual(hitTask(rows, y), lane < 0 ? undefined : { type: 'task', lane });
      }
    });
  });
});
