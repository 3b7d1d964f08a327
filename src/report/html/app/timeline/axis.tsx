import { useRef, useState } from 'preact/hooks';
import { drawAxis } from './draw-axis.ts';
import { useDrawing } from './hooks.ts';
import { isSameItem, type TimelineItem } from './item.ts';
import type { TimelineModel } from './model.ts';
import type { Palette } from './palette.ts';
import { type CycleFlag, placeFlags } from './place-flags.ts';
import { clampView, nsAt, scaleOf, type TimeView } from './time-view.ts';

export interface AxisProps {
  readonly model: TimelineModel;
  readonly palette: Palette;
  readonly view: TimeView;
  readonly bounds: TimeView;
  readonly widthPx: number;
  readonly gutterPx: number;
  readonly isPrinting: boolean;
  readonly selected: TimelineItem | undefined;
  readonly onView: (view: TimeView) => void;
  readonly onSelect: (item: TimelineItem) => void;
}

const TICKS_PX = 24;
const FLAGS_PX = 22;
/** A shorter drag was a click. */
const LEAST_DRAG_PX = 5;

/** The time axis; dragging on it shows the range dragged over. Above, where each cycle closed. */
export function Axis(props: AxisProps) {
  const { model, palette, view, bounds, widthPx, gutterPx, isPrinting, onView } = props;
  const ref = useRef<HTMLCanvasElement>(null);
  const [dragged, setDragged] = useState<{ readonly from: number; readonly to: number }>();
  const scale = scaleOf(view, widthPx - gutterPx);
  const range = dragged && rangeOf(dragged, (x) => nsAt(scale, x - gutterPx));
  const scene = {
    view,
    endNs: model.timeline.endNs,
    widthPx,
    heightPx: TICKS_PX,
    gutterPx,
    range,
    isPrinting,
  };
  useDrawing(ref, scene, (context) => drawAxis(context, scene, palette));
  const finish = () => {
    if (
      dragged !== undefined &&
      range !== undefined &&
      Math.abs(dragged.to - dragged.from) >= LEAST_DRAG_PX
    ) {
      onView(clampView(range, bounds));
    }
    setDragged(undefined);
  };
  const flags = placeFlags(model.closedNs, scale);
  return (
    <div class="timeline-axis">
      {model.closedNs.length > 0 && (
        <div class="timeline-flags" style={{ height: `${FLAGS_PX}px` }}>
          {flags.map((flag) => (
            <Flag key={flag.cycle} flag={flag} {...props} />
          ))}
        </div>
      )}
      <div aria-hidden="true">
        <canvas
          ref={ref}
          title="Drag to show a range"
          onPointerDown={(event) => {
            if (event.button === 0) {
              event.currentTarget.setPointerCapture(event.pointerId);
              setDragged({ from: event.offsetX, to: event.offsetX });
            }
          }}
          onPointerMove={(event) => dragged && setDragged({ ...dragged, to: event.offsetX })}
          onPointerUp={finish}
          onPointerCancel={() => setDragged(undefined)}
        />
      </div>
    </div>
  );
}

function rangeOf({ from, to }: { from: number; to: number }, toNs: (x: number) => number): TimeView {
  return { fromNs: toNs(Math.min(from, to)), toNs: toNs(Math.max(from, to)) };
}

function Flag({ flag, gutterPx, selected, onSelect }: AxisProps & { readonly flag: CycleFlag }) {
  const { cycle, count, x, isLeft } = flag;
  const item: TimelineItem = { type: 'cycle', cycle };
  return (
    <button
      type="button"
      class={isLeft ? 'timeline-flag left' : 'timeline-flag'}
      style={{ left: `${gutterPx + x}px` }}
      aria-pressed={isSameItem(selected, item)}
      onClick={() => onSelect(item)}
    >
      {count === 1 ? `cycle c-${cycle + 1} closed` : `cycles c-${cycle + 1} and ${count - 1} more closed`}
    </button>
  );
}
