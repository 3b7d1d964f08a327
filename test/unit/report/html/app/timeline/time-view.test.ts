import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  clampView,
  fitRange,
  panView,
  revealRange,
  type TimeView,
  wholeView,
  zoomView,
} from '../../../../../../src/report/html/app/timeline/time-view.ts';
import { describeView } from '../../../../../../src/report/html/app/timeline/view-words.ts';

const END_NS = 1e9;
const BOUNDS = wholeView(END_NS);

const arbitraryView: fc.Arbitrary<TimeView> = fc
  .tuple(fc.nat({ max: END_NS }), fc.nat({ max: END_NS }))
  .map(([a, b]) => clampView({ fromNs: Math.min(a, b), toNs: Math.max(a, b) }, BOUNDS));

function assertWithin(view: TimeView): void {
  assert.ok(view.fromNs >= BOUNDS.fromNs - 1e-3 && view.toNs <= BOUNDS.toNs + 1e-3);
  assert.ok(view.toNs - view.fromNs >= 19.99);
}

describe('a view of time', () => {
  it('stays within the capture and wide enough, whatever is done to it', () => {
    const factor = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const delta = fc.integer({ min: -3e9, max: 3e9 });
    fc.assert(
      fc.property(arbitraryView, factor, delta, (view, by, deltaNs) => {
        assertWithin(zoomView(view, BOUNDS, view.fromNs + 5, by));
        assertWithin(panView(view, BOUNDS, deltaNs));
        assertWithin(fitRange({ fromNs: deltaNs, toNs: deltaNs }, BOUNDS));
      }),
    );
  });

  it('keeps what is under the pointer in place when it is zoomed in', () => {
    fc.assert(
      fc.property(arbitraryView, fc.double({ min: 0, max: 1, noNaN: true }), (view, share) => {
        const rangeNs = view.toNs - view.fromNs;
        const atNs = view.fromNs + share * rangeNs;
        const next = zoomView(view, BOUNDS, atNs, 1.5);
        const nextShare = (atNs - next.fromNs) / (next.toNs - next.fromNs);
        assert.ok(Math.abs(nextShare - share) < 1e-6);
      }),
    );
  });

  it('brings a range into view without another zoom, and leaves what is seen alone', () => {
    const span = fc.tuple(fc.nat({ max: END_NS }), fc.nat({ max: END_NS }));
    fc.assert(
      fc.property(arbitraryView, span, (view, [a, b]) => {
        const range = { fromNs: Math.min(a, b), toNs: Math.max(a, b) };
        const next = revealRange(view, BOUNDS, range);
        assert.ok(Math.abs(next.toNs - next.fromNs - (view.toNs - view.fromNs)) < 1e-3);
        assert.ok(range.fromNs <= next.toNs && range.toNs >= next.fromNs);
        assert.deepEqual(revealRange(next, BOUNDS, range), next);
      }),
    );
  });

  it('leaves what was fitted where it is, down to its first moment', () => {
    const view = fitRange({ fromNs: 0.5e9, toNs: 0.9e9 }, BOUNDS);
    assert.equal(revealRange(view, BOUNDS, { fromNs: 0.5e9, toNs: 0.5e9 }), view);
  });

  it('is said in words', () => {
    assert.equal(describeView(BOUNDS, END_NS), 'Shown: all 1 s');
    assert.equal(
      describeView({ fromNs: 0.25e9, toNs: 0.5e9 }, END_NS),
      'Shown: 250 ms from 0.250000 s, of 1 s',
    );
  });

  it('shows a capture of no length', () => {
    assertWithin({ ...wholeView(0), toNs: BOUNDS.toNs });
    assert.ok(wholeView(0).toNs > wholeView(0).fromNs);
  });
});
