import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { formatPlural } from '../../../format.ts';
import { drawLanes } from './draw-lanes.ts';
import { GestureTracker } from './gesture.ts';
import { type Hit, hitSpan, hitTask } from './hit-test.ts';
import { useDrawing } from './hooks.ts';
import { readKey } from './key-command.ts';
import { LANE, MORE_ROW, rowsHeight } from './lane-rows.ts';
import type { Palette } from './palette.ts';
import { readWheel } from './read-wheel.ts';
import type { Scene } from './scene.ts';
import { nsAt, scaleOf } from './time-view.ts';
import type { TimelineState } from './use-timeline.ts';

export interface PlotProps extends TimelineState {
  readonly palette: Palette;
  /** Ids of what describes it. */
  readonly describedBy: string;
}

/** Longer than any desktop waits for the second click. */
const DOUBLE_CLICK_MS = 1000;

/** The lanes: the browser scrolls them, the canvas stays in place and draws what is seen. */
export function Plot(props: PlotProps) {
  const { scene, palette, isPrinting, scrollerRef, onScroll } = props;
  const ref = useRef<HTMLCanvasElement>(null);
  useDrawing(ref, { ...scene, isPrinting }, (context) => drawLanes(context, scene, palette));
  return (
    <div
      ref={scrollerRef}
      class="timeline-scroller"
      onScroll={(event) => onScroll(event.currentTarget.scrollTop)}
    >
      <div class="timeline-rows" style={{ height: `${rowsHeight(scene.rows)}px` }}>
        <LanesCanvas canvasRef={ref} {...props} />
        <MoreButton {...props} />
      </div>
    </div>
  );
}

function LanesCanvas(props: PlotProps & { readonly canvasRef: RefObject<HTMLCanvasElement | null> }) {
  const { scene, canvasRef, scrollerRef, describedBy } = props;
  const { onZoom, onPan, onHover, onPick, onFit, onKey, onFocus, onBlur } = props;
  const gestures = useRef(new GestureTracker()).current;
  const isClick = useRef(false);
  const [isDragging, setDragging] = useState(false);
  const scale = scaleOf(scene.view, scene.widthPx - scene.gutterPx);
  const momentAt = (x: number) => nsAt(scale, Math.max(0, x - scene.gutterPx));

  const onWheel = (event: WheelEvent) => {
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
  };
  const onPointerDown = (event: PointerEvent & { currentTarget: HTMLDivElement }) => {
    if (event.button === 0) {
      event.currentTarget.setPointerCapture(event.pointerId);
      gestures.down(event.pointerId, { x: event.offsetX, y: event.clientY });
    }
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!gestures.isDown) {
      const hit = hitAt(scene, event.offsetX, event.offsetY);
      onHover(hit && { hit, x: event.offsetX, y: event.offsetY });
      return;
    }
    const gesture = gestures.move(event.pointerId, { x: event.offsetX, y: event.clientY });
    setDragging(gestures.isDragging);
    if (gesture.type === 'drag') {
      onHover(undefined);
      onPan(-gesture.dx * scale.nsPerPx);
      // A finger scrolls by the browser's own means.
      if (event.pointerType === 'mouse') {
        scrollerRef.current!.scrollTop -= gesture.dy;
      }
    } else if (gesture.type === 'pinch') {
      onPan(-gesture.dx * scale.nsPerPx);
      onZoom(momentAt(gesture.x), gesture.factor);
    }
  };
  const onPointerUp = (event: PointerEvent) => {
    isClick.current = gestures.up(event.pointerId);
    setDragging(gestures.isDragging);
  };
  const onClick = (event: MouseEvent) => {
    if (!isClick.current || event.detail > 1) {
      return;
    }
    const item = hitAt(scene, event.offsetX, event.offsetY)?.item;
    const atNs = momentAt(event.offsetX);
    onPick(item);
    // Listened for everywhere: with what the page shows of an item, the second click may lie beside the plot.
    document.addEventListener('dblclick', () => (item === undefined ? onZoom(atNs, 2) : onFit(item)), {
      once: true,
      capture: true,
      signal: AbortSignal.timeout(DOUBLE_CLICK_MS),
    });
  };
  return (
    <div
      class={isDragging ? 'timeline-lanes dragging' : 'timeline-lanes'}
      role="application"
      aria-roledescription="timeline"
      aria-label={nameOf(scene)}
      aria-describedby={describedBy}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keys
      tabIndex={0}
      onWheel={onWheel}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={(event) => {
        gestures.up(event.pointerId);
        setDragging(false);
      }}
      onPointerLeave={() => onHover(undefined)}
      onClick={onClick}
      onKeyDown={(event) => {
        const command = readKey(event);
        if (command !== undefined) {
          event.preventDefault();
          onKey(command);
        }
      }}
      onFocus={(event) => onFocus(event.currentTarget.matches(':focus-visible'))}
      onBlur={onBlur}
    >
      <canvas ref={canvasRef} />
    </div>
  );
}

function nameOf({ model: { timeline } }: Scene): string {
  return `What ${formatPlural(timeline.lanes.length, 'task')} waited for and held over time`;
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

function MoreButton({ scene: { rows }, isExpanded, onExpand }: PlotProps) {
  const row = rows.lanes.indexOf(MORE_ROW);
  if (row < 0) {
    return null;
  }
  return (
    <button
      type="button"
      class="timeline-more"
      style={{ top: `${rows.tops[row]! + LANE.gapPx}px` }}
      aria-expanded={isExpanded}
      onClick={() => onExpand(!isExpanded)}
    >
      {formatPlural(rows.others, 'more task')}: {isExpanded ? 'hide' : 'show'}
    </button>
  );
}
