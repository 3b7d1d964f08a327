import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type ColumnScale,
  MIN_BAR_PX,
  StripMarks,
} from '../../../../../../src/report/html/app/timeline/span-index.ts';
import {
  buildSpanTable,
  type SpanTable,
  visitStrip,
} from '../../../../../../src/report/html/app/timeline/span-table.ts';
import { arbitrarySpans, makeTimeline, SAMPLE_END_NS } from './sample-timeline.ts';

const LOOKS = 3;
const LANES = 3;

const arbitraryTable = arbitrarySpans(LANES).map((holds) => {
  const timeline = makeTimeline({ interests: ['cycle', 'chain', 'other'], holds });
  const looks = Uint8Array.from(timeline.holds.lane, (_, row) => (row * 7) % LOOKS);
  return buildSpanTable('hold', timeline.holds, looks, LOOKS, LANES);
});

const arbitraryScale: fc.Arbitrary<ColumnScale> = fc.record({
  // Eighths, so that sums and divisions by looking at each column are as exact as they can be.
  fromNs: fc.integer({ min: -800, max: 8 * SAMPLE_END_NS }).map((eighths) => eighths / 8),
  nsPerPx: fc.integer({ min: 1, max: 1600 }).map((eighths) => eighths / 8),
  widthPx: fc.integer({ min: 1, max: 60 }),
});

/** What is to be seen of one strip, by looking at each of its spans and each column. */
function lookAtEach({ beginNs, endNs, look, stripStart }: SpanTable, strip: number, scale: ColumnScale) {
  const { fromNs, nsPerPx, widthPx } = scale;
  const columnOf = (ns: number) => Math.floor((ns - fromNs) / nsPerPx);
  const bars: number[] = [];
  const busyNs = Array.from({ length: LOOKS }, () => new Float64Array(widthPx));
  for (let position = stripStart[strip]!; position < stripStart[strip + 1]!; position++) {
    const begin = beginNs[position]!;
    const end = endNs[position]!;
    const isSeen = begin < fromNs + nsPerPx * widthPx && (end > fromNs || begin >= fromNs);
    if (isSeen && end - begin >= MIN_BAR_PX * nsPerPx) {
      bars.push(position);
      continue;
    }
    for (let column = 0; isSeen && column < widthPx; column++) {
      const left = fromNs + column * nsPerPx;
      const shared = Math.min(end, left + nsPerPx) - Math.max(begin, left);
      const trace = begin === end && columnOf(begin) === column ? 1 : 0;
      busyNs[look[position]!]![column]! += Math.max(0, shared) + trace;
    }
  }
  return { bars, busyNs };
}

describe('SpanIndex', () => {
  it('tells the same as looking at each span', () => {
    fc.assert(
      fc.property(arbitraryTable, arbitraryScale, (table, scale) => {
        const marks = new StripMarks(LOOKS, scale.widthPx);
        for (let strip = 0; strip + 1 < table.stripStart.length; strip++) {
          marks.clear();
          table.index.collect(table.stripStart[strip]!, table.stripStart[strip + 1]!, scale, marks);
          const expected = lookAtEach(table, strip, scale);
          assert.deepEqual(marks.bars, expected.bars);
          expected.busyNs.forEach((columns, look) => {
            columns.forEach((ns, column) => {
              const told = marks.busyNs[look]![column]!;
              assert.ok(Math.abs(told - ns) < 1e-6, `look ${look}, column ${column}: ${told} for ${ns}`);
            });
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds the spans that touch a range', () => {
    const moment = fc.nat({ max: SAMPLE_END_NS });
    fc.assert(
      fc.property(arbitraryTable, moment, moment, (table, a, b) => {
        const fromNs = Math.min(a, b);
        const toNs = Math.max(a, b);
        for (let strip = 0; strip + 1 < table.stripStart.length; strip++) {
          const found: number[] = [];
          visitStrip(table, strip, fromNs, toNs, (position) => found.push(position));
          const expected: number[] = [];
          for (let position = table.stripStart[strip]!; position < table.stripStart[strip + 1]!; position++) {
            if (table.beginNs[position]! <= toNs && table.endNs[position]! >= fromNs) {
              expected.push(position);
            }
          }
          assert.deepEqual(found, expected);
        }
      }),
    );
  });

  it('tells a span of no length that lies where the view begins, behind others that end there', () => {
    const holds = [0, 50].map((beginNs) => ({ lane: 0, beginNs, endNs: 50 }));
    const timeline = makeTimeline({ interests: ['other'], holds });
    const table = buildSpanTable('hold', timeline.holds, new Uint8Array(2), 1, 1);
    const marks = new StripMarks(1, 1);
    table.index.collect(0, 2, { fromNs: 50, nsPerPx: 100, widthPx: 1 }, marks);
    assert.deepEqual([...marks.busyNs[0]!], [1]);
  });

  it('keeps to the columns it was given, however many spans there are in one', () => {
    const holds = Array.from({ length: 100_000 }, (_, i) => ({
      lane: 0,
      beginNs: i * 10,
      endNs: i * 10 + 4,
    }));
    const timeline = makeTimeline({ interests: ['other'], endNs: 1e6, holds });
    const table = buildSpanTable('hold', timeline.holds, new Uint8Array(holds.length), 1, 1);
    const marks = new StripMarks(1, 100);
    table.index.collect(0, holds.length, { fromNs: 0, nsPerPx: 1e4, widthPx: 100 }, marks);
    assert.deepEqual(marks.bars, []);
    assert.deepEqual(
      [...marks.busyNs[0]!],
      Array.from({ length: 100 }, () => 4000),
    );
  });
});
