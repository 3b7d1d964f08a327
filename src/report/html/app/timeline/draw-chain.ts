import { LANE, MORE_ROW, placeStrips, rowsHeight } from './lane-rows.ts';
import { placeSpan } from './model.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import type { ColumnScale } from './span-index.ts';
import { scaleOf, xOf } from './time-view.ts';
import type { ChainStep, TracedChain } from './trace-chain.ts';

/** Arrows lie beside each other, the first rightmost. */
const STEP_PX = 14;
const HEAD_PX = 6;

/** Arrows waiter → blocker at the chain's moment, with the origin of the plot. */
export function drawChain(
  context: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  { atNs, steps }: TracedChain,
): void {
  const scale = scaleOf(scene.view, scene.widthPx - scene.gutterPx);
  const right = Math.min(xOf(scale, atNs), scale.widthPx - 2 * STEP_PX);
  steps.forEach((step, i) => {
    drawStep(context, scene, palette, step, chooseX(right, i, steps.length, scale));
  });
}

/** Where an arrow stands: left of the one before, as far as there is room. */
function chooseX(right: number, step: number, count: number, { widthPx }: ColumnScale): number {
  const distance = Math.min(STEP_PX, Math.max(2, (widthPx * 0.6) / count));
  return right - (step + 1) * distance;
}

function drawStep(
  context: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  step: ChainStep,
  x: number,
): void {
  const from = spanMiddle(scene, { type: 'wait', row: step.waitRow });
  if (from === undefined) {
    return;
  }
  context.strokeStyle = palette.text;
  context.fillStyle = palette.text;
  context.lineWidth = 1.5;
  drawStart(context, x, from);
  const { blocker } = step;
  if (blocker.type === 'task') {
    drawArrow(context, x, from, blockerMiddle(scene, blocker.lane, blocker.holdRow));
  } else {
    drawEnd(context, palette, x, from, blocker.type === 'device' ? 'device' : '?');
  }
}

function drawStart(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
}

function drawArrow(context: CanvasRenderingContext2D, x: number, fromY: number, toY: number): void {
  const direction = Math.sign(toY - fromY);
  context.beginPath();
  context.moveTo(x, fromY);
  context.lineTo(x, toY - direction * HEAD_PX);
  context.stroke();
  context.beginPath();
  context.moveTo(x, toY);
  context.lineTo(x - HEAD_PX * 0.7, toY - direction * HEAD_PX);
  context.lineTo(x + HEAD_PX * 0.7, toY - direction * HEAD_PX);
  context.fill();
}

/** A blocker that has no lane is named beside the wait. */
function drawEnd(
  context: CanvasRenderingContext2D,
  palette: Palette,
  x: number,
  y: number,
  name: string,
): void {
  const below = y + LANE.waitPx;
  drawArrow(context, x, y, below);
  context.font = palette.smallFont;
  context.fillText(name, x + HEAD_PX, below - 2);
}

function spanMiddle(
  { model, rows }: Scene,
  item: { readonly type: 'wait' | 'hold'; readonly row: number },
): number | undefined {
  const placed = placeSpan(model, item)!;
  const row = rows.rowOf[placed.lane]!;
  const strip = row < 0 ? undefined : findStrip({ model, rows }, row, placed);
  return strip === undefined ? undefined : strip.top + strip.height / 2;
}

function findStrip(
  { model, rows }: Pick<Scene, 'model' | 'rows'>,
  row: number,
  { table, position }: NonNullable<ReturnType<typeof placeSpan>>,
) {
  return placeStrips(model, rows, row).find(
    (one) => one.table === table && one.strip === table.strip[position],
  );
}

/** The hold that is waited for, else its task, else the line that stands for it. */
function blockerMiddle(scene: Scene, lane: number, holdRow: number | undefined): number {
  const { rows } = scene;
  const hold = holdRow === undefined ? undefined : spanMiddle(scene, { type: 'hold', row: holdRow });
  if (hold !== undefined) {
    return hold;
  }
  const row = rows.rowOf[lane]! < 0 ? rows.lanes.indexOf(MORE_ROW) : rows.rowOf[lane]!;
  return row < 0 ? rowsHeight(rows) : rows.tops[row]! + LANE.paddingPx + LANE.waitPx / 2;
}
