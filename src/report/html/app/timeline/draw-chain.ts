import { LANE, MORE_ROW, placeStrips, rowsHeight } from './lane-rows.ts';
import { placeSpan } from './model.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import type { ColumnScale } from './span-index.ts';
import { scaleOf, xOf } from './time-view.ts';
import type { ChainStep, TracedChain } from './trace-chain.ts';

/** Between arrows, where there is room. */
const STEP_PX = 14;
const HEAD_PX = 6;
const LINE_PX = 1.5;
/** Around lines and words, so that they can be seen on every bar. */
const HALO_PX = 2;

/** Arrows waiter → blocker at the chain's moment, with the origin of the plot; those of the first wait are the rightmost. */
export function drawChain(
  context: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  chain: TracedChain,
): void {
  const placeX = spreadSteps(chain, scaleOf(scene.view, scene.widthPx - scene.gutterPx));
  for (const halo of [true, false]) {
    context.strokeStyle = halo ? palette.paper : palette.text;
    context.fillStyle = context.strokeStyle;
    context.lineWidth = halo ? LINE_PX + 2 * HALO_PX : LINE_PX;
    context.lineJoin = 'round';
    context.font = palette.smallFont;
    chain.steps.forEach((step, i) => {
      drawStep(context, scene, step, placeX(i), halo);
    });
  }
}

/** Where each arrow stands: around the chain's moment, within the time that its waits have in common as far as it is seen. */
function spreadSteps(
  { atNs, fromNs, toNs, steps }: TracedChain,
  scale: ColumnScale,
): (step: number) => number {
  const left = Math.max(0, xOf(scale, fromNs));
  const right = Math.min(scale.widthPx, xOf(scale, toNs));
  const distance = Math.max(0, Math.min(STEP_PX, (right - left) / (steps.length + 1)));
  const halfPx = (distance * (steps.length - 1)) / 2;
  const middle = Math.max(left + halfPx + distance, Math.min(right - halfPx - distance, xOf(scale, atNs)));
  return (step) => middle + halfPx - step * distance;
}

function drawStep(
  context: CanvasRenderingContext2D,
  scene: Scene,
  step: ChainStep,
  x: number,
  isHalo: boolean,
): void {
  const from = spanMiddle(scene, { type: 'wait', row: step.waitRow });
  if (from === undefined) {
    return;
  }
  const { blocker, others } = step;
  drawDot(context, x, from, isHalo);
  if (blocker.type !== 'task') {
    drawEnd(context, x, from, blocker.type === 'device' ? 'device' : '?', isHalo);
    return;
  }
  for (const { lane, holdRow } of [blocker, ...others]) {
    const to = blockerMiddle(scene, lane, holdRow);
    if (Math.abs(to - from) < HEAD_PX) {
      drawLoop(context, x, from, isHalo);
    } else {
      drawArrow(context, x, from, to, isHalo);
    }
  }
}

function drawDot(context: CanvasRenderingContext2D, x: number, y: number, isHalo: boolean): void {
  context.beginPath();
  context.arc(x, y, isHalo ? 3 + HALO_PX / 2 : 3, 0, 2 * Math.PI);
  context.fill();
}

function drawArrow(
  context: CanvasRenderingContext2D,
  x: number,
  fromY: number,
  toY: number,
  isHalo: boolean,
): void {
  const down = Math.sign(toY - fromY);
  context.beginPath();
  context.moveTo(x, fromY);
  context.lineTo(x, toY - down * HEAD_PX);
  context.stroke();
  drawHead(context, { x, y: toY }, { x: 0, y: down }, isHalo);
}

const LOOP_PX = 9;
/** Not all the way around: the head comes between. */
const LOOP_END = 0.3 * Math.PI;

/** A task that waits for itself: from the wait around to it, on the left, where the wait is. */
function drawLoop(context: CanvasRenderingContext2D, x: number, y: number, isHalo: boolean): void {
  const direction = { x: Math.sin(LOOP_END), y: -Math.cos(LOOP_END) };
  const end = { x: x - LOOP_PX * (1 - Math.cos(LOOP_END)), y: y + LOOP_PX * Math.sin(LOOP_END) };
  context.beginPath();
  context.arc(x - LOOP_PX, y, LOOP_PX, 0, LOOP_END, true);
  context.stroke();
  const tip = { x: end.x + direction.x * HEAD_PX, y: end.y + direction.y * HEAD_PX };
  drawHead(context, tip, direction, isHalo);
}

interface Vector {
  readonly x: number;
  readonly y: number;
}

/** @param direction of length 1 */
function drawHead(context: CanvasRenderingContext2D, tip: Vector, direction: Vector, isHalo: boolean): void {
  const base = { x: tip.x - direction.x * HEAD_PX, y: tip.y - direction.y * HEAD_PX };
  const side = { x: -direction.y * HEAD_PX * 0.7, y: direction.x * HEAD_PX * 0.7 };
  context.beginPath();
  context.moveTo(tip.x, tip.y);
  context.lineTo(base.x + side.x, base.y + side.y);
  context.lineTo(base.x - side.x, base.y - side.y);
  context.closePath();
  context.fill();
  if (isHalo) {
    context.lineWidth = HALO_PX;
    context.stroke();
    context.lineWidth = LINE_PX + 2 * HALO_PX;
  }
}

/** A blocker that has no lane is named below the wait. */
function drawEnd(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  name: string,
  isHalo: boolean,
): void {
  const below = y + LANE.waitPx;
  drawArrow(context, x, y, below, isHalo);
  if (isHalo) {
    context.strokeText(name, x + HEAD_PX, below);
  } else {
    context.fillText(name, x + HEAD_PX, below);
  }
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
