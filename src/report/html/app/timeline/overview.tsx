import { useMemo, useRef } from 'preact/hooks';
import { drawOverview } from './draw-overview.ts';
import { useDrawing } from './hooks.ts';
import { sumLoad } from './load-over-time.ts';
import type { TimelineModel } from './model.ts';
import type { Palette } from './palette.ts';
import { clampView, nsAt, scaleOf, type TimeView } from './time-view.ts';

export interface OverviewProps {
  readonly model: TimelineModel;
  readonly palette: Palette;
  readonly view: TimeView;
  readonly bounds: TimeView;
  readonly widthPx: number;
  readonly onView: (view: TimeView) => void;
}

const HEIGHT_PX = 30;

/** The whole capture in a strip; a press or drag moves what is seen there. Keys do the same on the timeline itself. */
export function Overview({ model, palette, view, bounds, widthPx, onView }: OverviewProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { endNs } = model.timeline;
  const columns = Math.max(1, Math.round(widthPx));
  const load = useMemo(() => sumLoad(model.waits, endNs, columns), [model, columns]);
  const scene = { view, bounds, endNs, closedNs: model.closedNs, load, widthPx, heightPx: HEIGHT_PX };
  useDrawing(ref, scene, (context) => drawOverview(context, scene, palette));
  const centre = (event: PointerEvent) => {
    const atNs = nsAt(scaleOf(bounds, widthPx), event.offsetX);
    const halfNs = (view.toNs - view.fromNs) / 2;
    onView(clampView({ fromNs: atNs - halfNs, toNs: atNs + halfNs }, bounds));
  };
  return (
    <canvas
      ref={ref}
      class="timeline-overview"
      onPointerDown={(event) => {
        if (event.button === 0) {
          event.currentTarget.setPointerCapture(event.pointerId);
          centre(event);
        }
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) {
          centre(event);
        }
      }}
    />
  );
}
