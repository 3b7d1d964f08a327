import type { Load } from './load-over-time.ts';
import type { Palette } from './palette.ts';
import { scaleOf, type TimeView, xOf } from './time-view.ts';

export interface OverviewScene {
  readonly view: TimeView;
  /** All that can be seen. */
  readonly bounds: TimeView;
  readonly endNs: number;
  readonly closedNs: readonly number[];
  readonly load: Load;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** How many tasks waited over the whole capture, and which part of it is seen below. */
export function drawOverview(
  context: CanvasRenderingContext2D,
  scene: OverviewScene,
  palette: Palette,
): void {
  const { view, bounds, widthPx, heightPx, closedNs, load } = scene;
  const scale = scaleOf(bounds, widthPx);
  context.clearRect(0, 0, widthPx, heightPx);
  drawLoad(context, scene, load.all, palette.waits.lock.edge);
  drawLoad(context, scene, load.stuck, palette.waits.cycle.face);
  context.fillStyle = palette.closed;
  for (const ns of closedNs) {
    context.fillRect(Math.round(xOf(scale, ns)), 0, 1, heightPx);
  }
  const left = xOf(scale, view.fromNs);
  const right = Math.max(left + 3, xOf(scale, view.toNs));
  context.fillStyle = palette.outside;
  context.fillRect(0, 0, left, heightPx);
  context.fillRect(right, 0, widthPx - right, heightPx);
  context.strokeStyle = palette.accent;
  context.lineWidth = 2;
  context.strokeRect(left + 1, 1, Math.max(1, right - left - 2), heightPx - 2);
}

function drawLoad(
  context: CanvasRenderingContext2D,
  { bounds, endNs, load, widthPx, heightPx }: OverviewScene,
  columns: Float64Array,
  colour: string,
): void {
  const scale = scaleOf(bounds, widthPx);
  const columnPx = (xOf(scale, endNs) - xOf(scale, 0)) / columns.length;
  const left = xOf(scale, 0);
  context.fillStyle = colour;
  columns.forEach((waiting, column) => {
    const height = waiting === 0 ? 0 : Math.max(1, (waiting / load.most) * (heightPx - 4));
    const x = Math.floor(left + column * columnPx);
    context.fillRect(x, heightPx - height, Math.ceil(left + (column + 1) * columnPx) - x, height);
  });
}
