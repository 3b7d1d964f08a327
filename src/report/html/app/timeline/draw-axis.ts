import type { Palette } from './palette.ts';
import { chooseTicks } from './ticks.ts';
import { scaleOf, type TimeView, xOf } from './time-view.ts';

export interface AxisScene {
  readonly view: TimeView;
  readonly endNs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly gutterPx: number;
  /** What is being dragged out on the axis. */
  readonly range: TimeView | undefined;
}

const TICK_PX = 5;

/** Round times along the lower edge. */
export function drawAxis(context: CanvasRenderingContext2D, scene: AxisScene, palette: Palette): void {
  const { view, endNs, widthPx, heightPx, gutterPx, range } = scene;
  const scale = scaleOf(view, widthPx - gutterPx);
  const ticks = chooseTicks(view, endNs, scale.widthPx);
  context.clearRect(0, 0, widthPx, heightPx);
  context.font = palette.smallFont;
  context.textBaseline = 'alphabetic';
  context.fillStyle = palette.muted;
  context.textAlign = 'right';
  context.fillText(ticks.base ?? '', gutterPx - 8, heightPx - TICK_PX - 4);
  context.save();
  context.beginPath();
  context.rect(gutterPx, 0, widthPx - gutterPx, heightPx);
  context.clip();
  context.translate(gutterPx, 0);
  context.textAlign = 'center';
  ticks.atNs.forEach((ns, i) => {
    const x = Math.round(xOf(scale, ns));
    context.fillStyle = palette.line;
    context.fillRect(x, heightPx - TICK_PX, 1, TICK_PX);
    context.fillStyle = palette.muted;
    context.fillText(ticks.labels[i]!, x, heightPx - TICK_PX - 4);
  });
  drawRange(context, scene, palette, range);
  context.restore();
  context.textAlign = 'left';
  context.fillStyle = palette.line;
  context.fillRect(0, heightPx - 1, widthPx, 1);
}

function drawRange(
  context: CanvasRenderingContext2D,
  { view, widthPx, heightPx, gutterPx }: AxisScene,
  palette: Palette,
  range: TimeView | undefined,
): void {
  if (range === undefined) {
    return;
  }
  const scale = scaleOf(view, widthPx - gutterPx);
  const x = xOf(scale, range.fromNs);
  context.globalAlpha = 0.3;
  context.fillStyle = palette.accent;
  context.fillRect(x, 0, xOf(scale, range.toNs) - x, heightPx);
  context.globalAlpha = 1;
}
