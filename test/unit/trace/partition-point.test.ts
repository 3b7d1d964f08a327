import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partitionPoint } from '../../../src/trace/partition-point.ts';

describe('partitionPoint', () => {
  it('is what a search from the first position finds', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(9)), fc.nat(9), fc.nat(40), (values, limit, skipped) => {
        const sorted = values.toSorted((a, b) => a - b);
        const from = Math.min(skipped, sorted.length);
        const found = sorted.findIndex((value, i) => i >= from && value >= limit);
        const isBefore = (i: number) => sorted[i]! < limit;
        assert.equal(partitionPoint(from, sorted.length, isBefore), found < 0 ? sorted.length : found);
      }),
    ));

  it('asks about few of them', () => {
    let asked = 0;
    const isBefore = (i: number) => {
      asked++;
      return i < 700_000;
    };
    assert.equal(partitionPoint(0, 1_000_000, isBefore), 700_000);
    assert.ok(asked <= 20, `${asked} questions`);
  });
});
