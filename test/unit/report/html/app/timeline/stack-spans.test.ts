import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  MAX_STRIPS,
  type StackedSpans,
  stackSpans,
} from '../../../../../../src/report/html/app/timeline/stack-spans.ts';
import { arbitrarySpans, makeTimeline, type SampleSpan } from './sample-timeline.ts';

const LANES = 3;

function stack(holds: readonly SampleSpan[]) {
  const { holds: columns } = makeTimeline({ interests: ['cycle', 'chain', 'other'], holds });
  return { columns, stacked: stackSpans(columns, LANES) };
}

/** Rows of each strip of a lane. */
function stripsOf({ rows, stripStart, laneStrips }: StackedSpans, lane: number): number[][] {
  const strips: number[][] = [];
  for (let strip = laneStrips[lane]!; strip < laneStrips[lane + 1]!; strip++) {
    strips.push([...rows.subarray(stripStart[strip], stripStart[strip + 1])]);
  }
  return strips;
}

describe('stackSpans', () => {
  it('puts every span on one strip of its own lane, by begin, without overlap but on the last', () => {
    fc.assert(
      fc.property(arbitrarySpans(LANES), (holds) => {
        const { columns, stacked } = stack(holds);
        assert.deepEqual(
          [...stacked.rows].sort((a, b) => a - b),
          holds.map((_, row) => row),
        );
        for (let lane = 0; lane < LANES; lane++) {
          stripsOf(stacked, lane).forEach((rows, strip) => {
            assert.ok(rows.length > 0 && strip < MAX_STRIPS);
            rows.forEach((row, i) => {
              assert.equal(columns.lane[row], lane);
              const before = rows[i - 1] ?? row;
              assert.ok(columns.beginNs[before]! <= columns.beginNs[row]!);
              const beforeEndNs = columns.beginNs[before]! + columns.durationNs[before]!;
              assert.ok(i === 0 || strip === MAX_STRIPS - 1 || beforeEndNs <= columns.beginNs[row]!);
            });
          });
        }
      }),
    );
  });

  it('uses no more strips than spans that overlap', () => {
    const { stacked } = stack([
      { lane: 1, beginNs: 0, endNs: 10 },
      { lane: 1, beginNs: 5, endNs: 30 },
      { lane: 1, beginNs: 10, endNs: 20 },
      { lane: 1, beginNs: 20, endNs: 40 },
    ]);
    assert.deepEqual(stripsOf(stacked, 0), []);
    assert.deepEqual(stripsOf(stacked, 1), [[0, 2, 3], [1]]);
  });

  it('lays what overlaps too often over each other', () => {
    const holds = Array.from({ length: 20 }, (_, i) => ({ lane: 0, beginNs: i, endNs: 100 }));
    const strips = stripsOf(stack(holds).stacked, 0);
    assert.equal(strips.length, MAX_STRIPS);
    assert.equal(strips.at(-1)!.length, 20 - (MAX_STRIPS - 1));
  });
});
