import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chooseTicks } from '../../../../../../src/report/html/app/timeline/ticks.ts';

const NS: Readonly<Record<string, number>> = {
  ns: 1,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  min: 60e9,
  h: 3600e9,
  d: 86400e9,
};

/** `+1 min 5 s` → ns. */
function parse(label: string): number {
  let sum = 0;
  for (const [, value, unit] of label.matchAll(/([\d.]+) (\S+)/g)) {
    sum += Number(value) * NS[unit!]!;
  }
  return sum;
}

const arbitraryView = fc
  .tuple(
    fc.double({ min: 0, max: 14, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 200, max: 3000 }),
  )
  .map(([power, at, widthPx]) => {
    const rangeNs = 20 + 10 ** power;
    const fromNs = at * 30 * 86400e9;
    return { view: { fromNs, toNs: fromNs + rangeNs }, widthPx };
  });

describe('chooseTicks', () => {
  it('labels each tick with its moment, and no two alike', () => {
    fc.assert(
      fc.property(arbitraryView, ({ view, widthPx }) => {
        const { atNs, labels, base, stepNs } = chooseTicks(view, Number.MAX_SAFE_INTEGER, widthPx);
        const baseNs = base === undefined ? 0 : parse(base);
        assert.equal(new Set(labels).size, labels.length);
        atNs.forEach((ns, i) => {
          assert.ok(ns >= view.fromNs && ns <= view.toNs);
          assert.ok(
            Math.abs(baseNs + parse(labels[i]!) - ns) <= stepNs / 2 + ns * 1e-15,
            `${base} ${labels[i]} for ${ns}`,
          );
          assert.ok(labels[i]!.length <= 14, labels[i]);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('leaves room for the labels', () => {
    fc.assert(
      fc.property(arbitraryView, ({ view, widthPx }) => {
        const { stepNs } = chooseTicks(view, Number.MAX_SAFE_INTEGER, widthPx);
        assert.ok((stepNs / (view.toNs - view.fromNs)) * widthPx >= 75);
      }),
    );
  });

  const cases: readonly [
    name: string,
    fromNs: number,
    toNs: number,
    labels: readonly string[],
    base?: string,
  ][] = [
    ['seconds', 0, 45e9, ['0 s', '5 s', '10 s']],
    ['fractions of a second', 0, 1.5e9, ['0.0 s', '0.2 s', '0.4 s']],
    ['minutes', 0, 600e9, ['0 s', '1 min', '2 min']],
    ['milliseconds', 0, 20e6, ['0 ms', '2 ms', '4 ms']],
    ['nanoseconds', 0, 100, ['0 ns', '10 ns', '20 ns']],
    ['a microsecond late in the capture', 12e9, 12e9 + 1e3, ['+0.0 µs', '+0.1 µs', '+0.2 µs'], '12 s +'],
  ];
  for (const [name, fromNs, toNs, labels, base] of cases) {
    it(`tells ${name}`, () => {
      const ticks = chooseTicks({ fromNs, toNs }, toNs, 1000);
      assert.deepEqual(ticks.labels.slice(0, 3), labels);
      assert.equal(ticks.base, base);
    });
  }

  it('puts no tick before the capture or after it', () => {
    const { atNs } = chooseTicks({ fromNs: -50, toNs: 1050 }, 1000, 1000);
    assert.equal(atNs[0], 0);
    assert.equal(atNs.at(-1), 1000);
  });
});
