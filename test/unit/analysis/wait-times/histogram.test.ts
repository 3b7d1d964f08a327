import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram } from '../../../../analysis/wait-times/histogram.ts';

const duration = fc.oneof(
  fc.nat({ max: 100 }),
  fc.nat({ max: 10_000_000 }),
  fc.maxSafeNat(),
  fc.nat({ max: 52 }).map((bits) => 2 ** bits),
  fc.nat({ max: 52 }).map((bits) => 2 ** bits - 1),
);

describe('a histogram', () => {
  it('tells quantiles at most a sixteenth too large, and count, sum and maximum exactly', () => {
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, share) => {
          const histogram = new Histogram();
          for (const ns of all) {
            histogram.add(ns);
          }
          const sorted = [...all].sort((a, b) => a - b);
          const exact = sorted[Math.ceil(share * all.length) - 1]!;
          const told = histogram.quantileNs(share);
          assert.ok(told >= exact && told <= exact * (1 + 1 / 16), `${told} for ${exact}`);
          const { count, sumNs, maxNs } = histogram.latency();
          assert.deepEqual([count, maxNs], [all.length, sorted.at(-1)]);
          assert.equal(
            sumNs,
            all.reduce((sum, ns) => sum + ns, 0),
          );
        },
      ),
    );
  });

  it('of nothing is all zero', () => {
    const { count, p50Ns, p99Ns, maxNs } = new Histogram().latency();
    assert.deepEqual([count, p50Ns, p99Ns, maxNs], [0, 0, 0, 0]);
  });
});
