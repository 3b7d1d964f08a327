import type { HoldLook, WaitLook } from './looks.ts';
import type { BarColours, Palette } from './palette.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How far the arrow of an open span goes beyond the end of the capture. */
const ARROW_PX = 7;

/** A wait: its look is told by colour and by what is drawn on the face, so that one of both is enough. */
export function drawWaitBar(
  context: CanvasRenderingContext2D,
  { waits }: Palette,
  look: WaitLook,
  box: Box,
  isOpen: boolean,
): void {
  const colours = waits[look];
  context.fillStyle = colours.face;
  tracePath(context, box, isOpen);
  context.fill();
  if (box.width >= LEAST_PATTERN_PX) {
    drawPattern(context, look, colours, box);
  }
  context.strokeStyle = colours.edge;
  context.lineWidth = look === 'cycle' ? 2 : 1;
  context.setLineDash(look === 'behind' ? [4, 2] : []);
  tracePath(context, inset(box, context.lineWidth / 2), isOpen);
  context.stroke();
  context.setLineDash([]);
}

/** Below this a pattern cannot be recognised. */
const LEAST_PATTERN_PX = 6;

function drawPattern(context: CanvasRenderingContext2D, look: WaitLook, colours: BarColours, box: Box): void {
  switch (look) {
    case 'lock':
      return;
    case 'io':
      drawDots(context, colours.edge, box);
      return;
    case 'behind':
      drawHatch(context, colours.edge, box, 8);
      return;
    case 'cycle':
      drawBand(context, colours.edge, box);
      return;
  }
}

/** Along the lower edge, where a label does not lie. */
function drawDots(context: CanvasRenderingContext2D, colour: string, { x, y, width, height }: Box): void {
  context.fillStyle = colour;
  for (let at = x + 3; at < x + width - 2; at += 5) {
    context.fillRect(at, y + height - 4, 2, 2);
    context.fillRect(at, y + 2, 2, 2);
  }
}

function drawHatch(context: CanvasRenderingContext2D, colour: string, box: Box, distance: number): void {
  const { x, y, width, height } = box;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  for (let at = x - height; at < x + width; at += distance) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.strokeStyle = colour;
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

function drawBand(context: CanvasRenderingContext2D, colour: string, { x, y, width, height }: Box): void {
  context.fillStyle = colour;
  context.fillRect(x, y, width, 3);
  context.fillRect(x, y + height - 3, width, 3);
}

/** A hold: a thin line; what keeps a cycle closed is drawn with ends, like a clamp. */
export function drawHoldBar(
  context: CanvasRenderingContext2D,
  { holds }: Palette,
  look: HoldLook,
  box: Box,
  isOpen: boolean,
): void {
  const { face, edge } = holds[look];
  const line = { ...box, y: box.y + 1, height: box.height - 2 };
  context.fillStyle = face;
  tracePath(context, look === 'wanted' ? box : line, isOpen);
  context.fill();
  if (look === 'wanted') {
    context.fillStyle = edge;
    context.fillRect(box.x, box.y - 2, 3, box.height + 4);
    context.fillRect(box.x, box.y + box.height - 2, box.width, 2);
  }
}

/** An open span ends in an arrow: it goes on, the capture does not. */
function tracePath(context: CanvasRenderingContext2D, { x, y, width, height }: Box, isOpen: boolean): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + width, y);
  if (isOpen) {
    context.lineTo(x + width + ARROW_PX, y + height / 2);
  }
  context.lineTo(x + width, y + height);
  context.lineTo(x, y + height);
  context.closePath();
}

function inset({ x, y, width, height }: Box, by: number): Box {
  return { x: x + by, y: y + by, width: Math.max(0, width - 2 * by), height: height - 2 * by };
}
