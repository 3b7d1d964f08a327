import type { TimelineItem } from './item.ts';
import { type LaneRows, MORE_ROW } from './lane-rows.ts';
import { itemAt, laneOf, type PlacedSpan, placeSpan, type TimelineModel } from './model.ts';
import { findNearest, type SpanTable } from './span-table.ts';

/** Ways to go from span to span: along a line, from line to line, from lane to lane. */
export type FocusMove = 'previous' | 'next' | 'first' | 'last' | 'up' | 'down' | 'pageUp' | 'pageDown';

const PAGE_LANES = 10;

/** Where the focus goes; the same item where there is nowhere to go. */
export function moveFocus(
  model: TimelineModel,
  rows: LaneRows,
  from: TimelineItem,
  move: FocusMove,
  /** Where the eye is when a task, not a span, has the focus. */
  atNs: number,
): TimelineItem {
  const lane = laneOf(model, from);
  if (lane === undefined || rows.rowOf[lane]! < 0) {
    return firstFocus(rows) ?? from;
  }
  switch (move) {
    case 'previous':
    case 'next':
    case 'first':
    case 'last':
      return moveAlong(model, from, lane, move);
    case 'up':
    case 'down':
      return moveAcross(model, rows, from, lane, move === 'up' ? -1 : 1, atNs);
    case 'pageUp':
    case 'pageDown':
      return { type: 'task', lane: stepLanes(rows, lane, move === 'pageUp' ? -PAGE_LANES : PAGE_LANES) };
  }
}

/** The first task that is shown. */
export function firstFocus({ lanes }: LaneRows): TimelineItem | undefined {
  const lane = lanes.find((one) => one !== MORE_ROW);
  return lane === undefined ? undefined : { type: 'task', lane };
}

/** Left of the first span of a line is its task. */
function moveAlong(
  model: TimelineModel,
  from: TimelineItem,
  lane: number,
  move: 'previous' | 'next' | 'first' | 'last',
): TimelineItem {
  const placed = placeSpan(model, from);
  if (placed === undefined) {
    const first = move === 'next' ? lineOf(model, lane, 0) : undefined;
    return first === undefined ? from : itemAt(first.table, first.table.stripStart[first.strip]!);
  }
  const { table, position } = placed;
  const strip = table.strip[position]!;
  const start = table.stripStart[strip]!;
  const last = table.stripStart[strip + 1]! - 1;
  if (move === 'previous' && position === start) {
    return { type: 'task', lane };
  }
  const to = { previous: position - 1, next: Math.min(position + 1, last), first: start, last }[move];
  return itemAt(table, to);
}

function moveAcross(
  model: TimelineModel,
  rows: LaneRows,
  from: TimelineItem,
  lane: number,
  by: -1 | 1,
  atNs: number,
): TimelineItem {
  const placed = placeSpan(model, from);
  if (placed === undefined) {
    return { type: 'task', lane: stepLanes(rows, lane, by) };
  }
  const within = lineOf(model, lane, lineNumber(model, placed) + by);
  const middleNs = clampMoment(placed, atNs);
  if (within !== undefined) {
    return nearestOn(within, middleNs);
  }
  const nextLane = stepLanes(rows, lane, by);
  if (nextLane === lane) {
    return from;
  }
  const line = lineOf(model, nextLane, by === 1 ? 0 : countLines(model, nextLane) - 1);
  return line === undefined ? { type: 'task', lane: nextLane } : nearestOn(line, middleNs);
}

/** What the eye is on: the moment itself where the span covers it. */
function clampMoment({ table, position }: PlacedSpan, atNs: number): number {
  return Math.min(Math.max(atNs, table.beginNs[position]!), table.endNs[position]!);
}

interface Line {
  readonly table: SpanTable;
  readonly strip: number;
}

function nearestOn({ table, strip }: Line, atNs: number): TimelineItem {
  return itemAt(table, findNearest(table, strip, atNs));
}

/** Lines of a lane: strips of its waits, then those of its holds. */
function lineOf({ waits, holds }: TimelineModel, lane: number, line: number): Line | undefined {
  const waitLines = waits.laneStrips[lane + 1]! - waits.laneStrips[lane]!;
  const holdLines = holds.laneStrips[lane + 1]! - holds.laneStrips[lane]!;
  if (line < 0 || line >= waitLines + holdLines) {
    return undefined;
  }
  return line < waitLines
    ? { table: waits, strip: waits.laneStrips[lane]! + line }
    : { table: holds, strip: holds.laneStrips[lane]! + line - waitLines };
}

function countLines({ waits, holds }: TimelineModel, lane: number): number {
  return (
    waits.laneStrips[lane + 1]! -
    waits.laneStrips[lane]! +
    holds.laneStrips[lane + 1]! -
    holds.laneStrips[lane]!
  );
}

function lineNumber(model: TimelineModel, { table, position, lane }: PlacedSpan): number {
  const within = table.strip[position]! - table.laneStrips[lane]!;
  const before =
    table === model.waits ? 0 : model.waits.laneStrips[lane + 1]! - model.waits.laneStrips[lane]!;
  return before + within;
}

/** So many lanes further, as far as there are any. */
function stepLanes({ lanes, rowOf }: LaneRows, lane: number, by: number): number {
  let reached = lane;
  let row = rowOf[lane]! + Math.sign(by);
  for (let left = Math.abs(by); left > 0 && row >= 0 && row < lanes.length; row += Math.sign(by)) {
    if (lanes[row] !== MORE_ROW) {
      reached = lanes[row]!;
      left--;
    }
  }
  return reached;
}
