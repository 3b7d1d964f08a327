import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { GestureTracker } from './gesture.ts';
import { type Hit, hitSpan, hitTask } from './hit-test.ts';
import { readWheel } from './read-wheel.ts';
import type { Scene } from './scene.ts';
import { nsAt, scaleOf } from './time-view.ts';
import type { TimelineState } from './use-timeline.ts';

type Actions = Pick<TimelineState, 'onZoom' | 'onPan' | 'onHover' | 'onPick' | 'onFit'>;

/** What pointers and wheels do to the lanes: listeners for their element, and whether it is being dragged. */
export function usePointer(scene: Scene, scrollerRef: RefObject<HTMLDivElement | null>, actions: Actions) {
  const { onZoom, onPan, onHover } = actions;
  const gestures = useRef(new GestureTracker()).current;
  const [isDragging, setDragging] = useState(false);
  const scale = scaleOf(scene.view, scene.widthPx - scene.gutterPx);
  const momentAt = (x: number) => nsAt(scale, Math.max(0, x - scene.gutterPx));

  const follow = (event: PointerEvent) => {
    const gesture = gestures.move(event.pointerId, pointOf(event));
    setDragging(gestures.isDragging);
    if (gesture.type === 'none') {
      return;
    }
    onPan(-gesture.dx * scale.nsPerPx);
    if (gesture.type === 'pinch') {
      onZoom(momentAt(gesture.x), gesture.factor);
    }
    // A finger scrolls by the browser's own means.
    if (gesture.type === 'drag' && event.pointerType === 'mouse') {
      scrollerRef.current!.scrollTop -= gesture.dy;
    }
  };
  return {
    ...useClicks(scene, gestures, setDragging, momentAt, actions),
    isDragging,
    onWheel: (event: WheelEvent) => {
      const command = readWheel(event);
      if (command === undefined) {
        return;
      }
      event.preventDefault();
      if (command.type === 'zoom') {
        onZoom(momentAt(event.offsetX), command.factor);
      } else {
        onPan(command.px * scale.nsPerPx);
      }
    },
    onPointerMove: (event: PointerEvent) => {
      if (gestures.isDown) {
        follow(event);
        return;
      }
      const hit = hitAt(scene, event.offsetX, event.offsetY);
      onHover(hit && { hit, x: event.offsetX, y: event.offsetY });
    },
  };
}

/** Presses, and what a click or two choose. */
function useClicks(
  scene: Scene,
  gestures: GestureTracker,
  setDragging: (isDragging: boolean) => void,
  momentAt: (x: number) => number,
  { onPick, onZoom, onFit, onHover }: Actions,
) {
  const isClick = useRef(false);
  const release = (event: PointerEvent) => {
    isClick.current = gestures.up(event.pointerId);
    setDragging(gestures.isDragging);
  };
  return {
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLDivElement }) => {
      if (event.button === 0) {
        event.currentTarget.setPointerCapture(event.pointerId);
        gestures.down(event.pointerId, pointOf(event));
      }
    },
    onPointerUp: release,
    onPointerCancel: release,
    onPointerLeave: () => onHover(undefined),
    onClick: (event: MouseEvent) => {
      if (!isClick.current || event.detail > 1) {
        return;
      }
      const item = hitAt(scene, event.offsetX, event.offsetY)?.item;
      const atNs = momentAt(event.offsetX);
      onPick(item);
      awaitSecondClick(() => (item === undefined ? onZoom(atNs, 2) : onFit(item)));
    },
  };
}

/** Listens everywhere: with what the page shows of an item after one click, the second may lie beside the plot. */
function awaitSecondClick(then: () => void): void {
  const stop = new AbortController();
  const options = { capture: true, signal: stop.signal };
  document.addEventListener('dblclick', then, { ...options, once: true });
  // Not for a while only: a page that is busy hears late of a second click. One that is a first has no other half here.
  document.addEventListener('click', ({ detail }) => detail < 2 && stop.abort(), options);
}

/** From the left of the lanes; its height is that of the window, as the lanes scroll below a drag. */
function pointOf({ offsetX, clientY }: PointerEvent): { x: number; y: number } {
  return { x: offsetX, y: clientY };
}

function hitAt(
  { model, rows, view, widthPx, gutterPx, scrollPx }: Scene,
  x: number,
  y: number,
): Hit | undefined {
  if (x < gutterPx) {
    const item = hitTask(rows, y + scrollPx);
    return item && { item, others: 0 };
  }
  return hitSpan(model, rows, scaleOf(view, widthPx - gutterPx), x - gutterPx, y + scrollPx);
}
