import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GestureTracker } from '../../../../../../src/report/html/app/timeline/gesture.ts';
import { readKey } from '../../../../../../src/report/html/app/timeline/key-command.ts';
import { placeFlags } from '../../../../../../src/report/html/app/timeline/place-flags.ts';
import { readWheel } from '../../../../../../src/report/html/app/timeline/read-wheel.ts';

describe('GestureTracker', () => {
  it('takes a press with a trembling hand as a click', () => {
    const gestures = new GestureTracker();
    gestures.down(1, { x: 10, y: 10 });
    assert.deepEqual(gestures.move(1, { x: 12, y: 11 }), { type: 'none' });
    assert.equal(gestures.up(1), true);
    assert.equal(gestures.isDown, false);
  });

  it('tells how far a drag went, all of it, and no click after it', () => {
    const gestures = new GestureTracker();
    gestures.down(1, { x: 10, y: 10 });
    gestures.move(1, { x: 12, y: 10 });
    assert.deepEqual(gestures.move(1, { x: 20, y: 13 }), { type: 'drag', dx: 10, dy: 3 });
    assert.deepEqual(gestures.move(1, { x: 10, y: 10 }), { type: 'drag', dx: -10, dy: -3 });
    assert.equal(gestures.isDragging, true);
    assert.equal(gestures.up(1), false);
  });

  it('takes two fingers that go apart as zooming between them', () => {
    const gestures = new GestureTracker();
    gestures.down(1, { x: 100, y: 0 });
    gestures.down(2, { x: 200, y: 0 });
    assert.deepEqual(gestures.move(2, { x: 300, y: 0 }), { type: 'pinch', x: 200, dx: 50, factor: 2 });
    assert.equal(gestures.up(1), false);
    assert.equal(gestures.up(2), false);
  });

  it('does not mind pointers that it has not seen go down', () => {
    const gestures = new GestureTracker();
    assert.deepEqual(gestures.move(7, { x: 1, y: 1 }), { type: 'none' });
    assert.equal(gestures.up(7), false);
  });
});

describe('readWheel', () => {
  const wheel = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, shiftKey: false };

  it('leaves plain turning to the browser, which scrolls', () => {
    assert.equal(readWheel({ ...wheel, deltaY: 100 }), undefined);
  });

  it('zooms with ctrl and with ⌘, in and out alike, a notch no farther than a pinch goes', () => {
    for (const key of ['ctrlKey', 'metaKey']) {
      const zoomed = readWheel({ ...wheel, [key]: true, deltaY: -100 });
      assert.ok(zoomed?.type === 'zoom' && zoomed.factor > 1.2 && zoomed.factor < 2);
      const back = readWheel({ ...wheel, [key]: true, deltaY: 100 });
      assert.ok(back?.type === 'zoom' && Math.abs(back.factor * zoomed.factor - 1) < 1e-9);
    }
  });

  it('moves in time with shift and sideways, also by lines', () => {
    assert.deepEqual(readWheel({ ...wheel, shiftKey: true, deltaY: 30 }), { type: 'pan', px: 30 });
    assert.deepEqual(readWheel({ ...wheel, deltaX: -40, deltaY: 10 }), { type: 'pan', px: -40 });
    assert.deepEqual(readWheel({ ...wheel, deltaX: 2, deltaMode: 1 }), { type: 'pan', px: 32 });
  });
});

describe('readKey', () => {
  const key = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

  it('leaves the keys of the browser to it', () => {
    assert.equal(readKey({ ...key, key: 'Tab' }), undefined);
    assert.equal(readKey({ ...key, key: '0', ctrlKey: true }), undefined);
    assert.equal(readKey({ ...key, key: 'ArrowLeft', altKey: true }), undefined);
  });

  it('moves the focus with arrows, and the view with shift', () => {
    assert.deepEqual(readKey({ ...key, key: 'ArrowRight' }), { type: 'move', move: 'next' });
    assert.deepEqual(readKey({ ...key, key: 'ArrowRight', shiftKey: true }), { type: 'pan', share: 0.2 });
    assert.equal(readKey({ ...key, key: '+', shiftKey: true })?.type, 'zoom');
  });
});

describe('placeFlags', () => {
  const scale = { fromNs: 0, nsPerPx: 1, widthPx: 1000 };

  it('puts moments that are close under one label, named after the first', () => {
    assert.deepEqual(placeFlags([500, 20, 10], scale), [
      { cycle: 2, count: 2, x: 10, isLeft: false },
      { cycle: 0, count: 1, x: 500, isLeft: false },
    ]);
  });

  it('leaves out what is not in view, and stands left where there is no room on the right', () => {
    assert.deepEqual(placeFlags([-1, 990, 1001], scale), [{ cycle: 1, count: 1, x: 990, isLeft: true }]);
  });
});
