import { nameNamed } from '../../../wording.ts';
import { clipText } from './clip-text.ts';
import { labelWait } from './describe-item.ts';
import { type Box, drawHoldBar, drawWaitBar } from './draw-bar.ts';
import { drawChain } from './draw-chain.ts';
import { drawDensity } from './draw-density.ts';
import { isSameItem, type TimelineItem } from './item.ts';
import { MORE_ROW, type PlacedStrip, placeStrips, rowAt, rowsHeight } from './lane-rows.ts';
import { HOLD_LOOKS, WAIT_LOOKS } from './looks.ts';
import { itemAt, type PlacedSpan, placeSpan } from './model.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { type ColumnScale, StripMarks } from './span-index.ts';
import { chooseTicks } from './ticks.ts';
import { scaleOf, xOf } from './time-view.ts';

/** Draws the visible lanes; what it costs depends on the size of the canvas and not on the number of spans or lanes. */
export function drawLanes(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const drawing = new LaneDrawing(context, scene, palette);
  drawing.draw();
}

/** Bars with less room have no label. */
const LEAST_LABEL_PX = 40;

class LaneDrawing {
  readonly #context: CanvasRenderingContext2D;
  readonly #scene: Scene;
  readonly #palette: Palette;
  readonly #scale: ColumnScale;
  readonly #waitMarks: StripMarks;
  readonly #holdMarks: StripMarks;
  /** Spans under the pointer, with the focus, or selected. */
  readonly #marked: readonly PlacedSpan[];

  constructor(context: CanvasRenderingContext2D, scene: Scene, palette: Palette) {
    this.#context = context;
    this.#scene = scene;
    this.#palette = palette;
    this.#scale = scaleOf(scene.view, scene.widthPx - scene.gutterPx);
    this.#waitMarks = new StripMarks(WAIT_LOOKS.length, this.#scale.widthPx);
    this.#holdMarks = new StripMarks(HOLD_LOOKS.length, this.#scale.widthPx);
    this.#marked = [scene.selected, scene.hovered, scene.focused].flatMap(
      (item) => (item && placeSpan(scene.model, item)) ?? [],
    );
  }

  draw(): void {
    const { widthPx, heightPx, gutterPx, scrollPx, chain } = this.#scene;
    this.#context.clearRect(0, 0, widthPx, heightPx);
    this.#context.textBaseline = 'middle';
    this.#eachRow((row) => this.#drawStripe(row));
    this.#inPlot(() => {
      this.#drawGrid();
      this.#shadeOutside();
      this.#drawClosings();
      this.#eachRow((row) => this.#drawRow(row));
      if (chain !== undefined) {
        drawChain(this.#context, this.#scene, this.#palette, chain);
      }
    });
    this.#eachRow((row) => this.#drawName(row));
    this.#context.fillStyle = this.#palette.line;
    this.#context.fillRect(gutterPx - 1, 0, 1, Math.min(heightPx, rowsHeight(this.#scene.rows) - scrollPx));
  }

  #eachRow(draw: (row: number) => void): void {
    const { rows, scrollPx, heightPx } = this.#scene;
    if (rows.lanes.length === 0) {
      return;
    }
    const last = rowAt(rows, scrollPx + heightPx);
    for (let row = rowAt(rows, scrollPx); row <= last; row++) {
      if (rows.lanes[row] !== MORE_ROW) {
        draw(row);
      }
    }
  }

  /** With the origin where time begins to be shown and the first row is. */
  #inPlot(draw: () => void): void {
    const { widthPx, heightPx, gutterPx, scrollPx } = this.#scene;
    this.#context.save();
    this.#context.beginPath();
    this.#context.rect(gutterPx, 0, widthPx - gutterPx, heightPx);
    this.#context.clip();
    this.#context.translate(gutterPx, -scrollPx);
    draw();
    this.#context.restore();
  }

  #drawStripe(row: number): void {
    const { rows, scrollPx, widthPx, hovered, focused } = this.#scene;
    const top = rows.tops[row]! - scrollPx;
    const task: TimelineItem = { type: 'task', lane: rows.lanes[row]! };
    const isMarked = isSameItem(hovered, task) || isSameItem(focused, task);
    if (isMarked || row % 2 === 1) {
      this.#context.fillStyle = this.#palette.stripe;
      this.#context.fillRect(0, top, widthPx, rows.tops[row + 1]! - rows.tops[row]!);
    }
  }

  #drawGrid(): void {
    const { view, model, scrollPx, heightPx } = this.#scene;
    this.#context.fillStyle = this.#palette.grid;
    for (const ns of chooseTicks(view, model.timeline.endNs, this.#scale.widthPx).atNs) {
      this.#context.fillRect(Math.round(xOf(this.#scale, ns)), scrollPx, 1, heightPx);
    }
  }

  /** Before the capture and after it. */
  #shadeOutside(): void {
    const { scrollPx, heightPx, model } = this.#scene;
    const beginX = xOf(this.#scale, 0);
    const endX = xOf(this.#scale, model.timeline.endNs);
    this.#context.fillStyle = this.#palette.outside;
    this.#context.fillRect(0, scrollPx, Math.max(0, beginX), heightPx);
    this.#context.fillRect(endX, scrollPx, Math.max(0, this.#scale.widthPx - endX), heightPx);
    this.#context.fillStyle = this.#palette.line;
    this.#context.fillRect(Math.round(endX), scrollPx, 1, heightPx);
  }

  #drawClosings(): void {
    const { model, scrollPx, heightPx } = this.#scene;
    this.#context.strokeStyle = this.#palette.closed;
    this.#context.lineWidth = 1;
    this.#context.setLineDash([6, 3]);
    this.#context.beginPath();
    for (const ns of model.closedNs) {
      const x = Math.round(xOf(this.#scale, ns)) + 0.5;
      this.#context.moveTo(x, scrollPx);
      this.#context.lineTo(x, scrollPx + heightPx);
    }
    this.#context.stroke();
    this.#context.setLineDash([]);
  }

  #drawRow(row: number): void {
    for (const strip of placeStrips(this.#scene.model, this.#scene.rows, row)) {
      this.#drawStrip(strip);
    }
  }

  #drawStrip(placed: PlacedStrip): void {
    const { table, strip } = placed;
    const marks = table.type === 'wait' ? this.#waitMarks : this.#holdMarks;
    marks.clear();
    const end = table.stripStart[strip + 1]!;
    // An open span is told however short it is: it is the one that did not end.
    const last = table.open[end - 1] === 1 ? end - 1 : end;
    table.index.collect(table.stripStart[strip]!, last, this.#scale, marks);
    this.#drawDensity(placed, marks);
    for (const position of marks.bars) {
      this.#drawSpan(placed, position);
    }
    if (last < end) {
      this.#drawSpan(placed, last);
    }
    // Again and on top, however narrow.
    for (const marked of this.#marked) {
      if (marked.table === table && table.strip[marked.position] === strip) {
        this.#drawMarked(placed, marked.position);
      }
    }
  }

  #drawDensity({ table, top, height }: PlacedStrip, { busyNs }: StripMarks): void {
    for (let look = 0; look < busyNs.length; look++) {
      this.#context.fillStyle = this.#coloursOf(table.type, look).edge;
      drawDensity(this.#context, {
        busyNs,
        look,
        columnNs: this.#scale.nsPerPx,
        bottom: top + height,
        height,
      });
    }
  }

  #coloursOf(type: 'wait' | 'hold', look: number) {
    const { waits, holds } = this.#palette;
    return type === 'wait' ? waits[WAIT_LOOKS[look]!] : holds[HOLD_LOOKS[look]!];
  }

  /** @returns where it is; undefined: out of sight */
  #drawSpan({ table, top, height }: PlacedStrip, position: number): Box | undefined {
    const box = this.#boxOf(table.beginNs[position]!, table.endNs[position]!, top, height);
    if (box === undefined) {
      return undefined;
    }
    const isOpen = table.open[position] === 1;
    if (table.type === 'wait') {
      const look = WAIT_LOOKS[table.look[position]!]!;
      drawWaitBar(this.#context, this.#palette, look, box, isOpen);
      this.#drawLabel(table.rows[position]!, box, this.#palette.waits[look].text);
    } else {
      drawHoldBar(this.#context, this.#palette, HOLD_LOOKS[table.look[position]!]!, box, isOpen);
    }
    return box;
  }

  /** Cut a little outside of what is seen: canvases do not draw well what is very wide. */
  #boxOf(beginNs: number, endNs: number, y: number, height: number): Box | undefined {
    const left = Math.max(-20, xOf(this.#scale, beginNs));
    const right = Math.min(this.#scale.widthPx + 20, xOf(this.#scale, endNs));
    return right < left ? undefined : { x: left, y, width: Math.max(2, right - left), height };
  }

  #drawLabel(row: number, { x, y, width, height }: Box, colour: string): void {
    const left = Math.max(0, x) + 6;
    const room = Math.min(x + width, this.#scale.widthPx) - left - 4;
    if (room >= LEAST_LABEL_PX) {
      this.#context.font = this.#palette.smallFont;
      this.#context.fillStyle = colour;
      const text = clipText(this.#context, labelWait(this.#scene.model.timeline, row), room);
      this.#context.fillText(text, left, y + height / 2 + 0.5);
    }
  }

  /** What is under the pointer, has the focus, or is selected is outlined, each in its own way. */
  #drawMarked(placed: PlacedStrip, position: number): void {
    const box = this.#drawSpan(placed, position);
    if (box === undefined) {
      return;
    }
    const item = itemAt(placed.table, position);
    const { hovered, focused, selected } = this.#scene;
    if (isSameItem(item, selected)) {
      this.#outline(box, 2.5, this.#palette.text, []);
    }
    if (isSameItem(item, hovered)) {
      this.#outline(box, 1.5, this.#palette.text, []);
    }
    if (isSameItem(item, focused)) {
      this.#outline(
        { ...box, x: box.x - 2, y: box.y - 2, width: box.width + 4, height: box.height + 4 },
        2,
        this.#palette.accent,
        [3, 2],
      );
    }
  }

  #outline({ x, y, width, height }: Box, lineWidth: number, colour: string, dash: readonly number[]): void {
    this.#context.strokeStyle = colour;
    this.#context.lineWidth = lineWidth;
    this.#context.setLineDash([...dash]);
    this.#context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    this.#context.setLineDash([]);
  }

  #drawName(row: number): void {
    const { rows, scrollPx, gutterPx, model, selected } = this.#scene;
    const lane = model.timeline.lanes[rows.lanes[row]!]!;
    const isSelected = isSameItem(selected, { type: 'task', lane: rows.lanes[row]! });
    const middle = rows.tops[row]! - scrollPx + 14;
    const context = this.#context;
    const room = gutterPx - 16;
    context.font = lane.interest === 'cycle' || isSelected ? `600 ${this.#palette.font}` : this.#palette.font;
    context.fillStyle = lane.interest === 'cycle' ? this.#palette.closed : this.#palette.text;
    context.fillText(clipText(context, nameNamed(lane), room), 8, middle);
  }
}
