import { partitionPoint } from '../../../../trace/partition-point.ts';
import type { TimelineModel } from './model.ts';
import type { SpanTable } from './span-table.ts';

/** Heights within a lane, in CSS pixels. */
export const LANE = { paddingPx: 5, waitPx: 17, holdPx: 6, gapPx: 2, leastPx: 27 } as const;
const MORE_ROW_PX = 32;
/** In LaneRows.lanes: the line that opens and closes the other lanes. */
export const MORE_ROW = -1;

/** What is shown from top to bottom. */
export interface LaneRows {
  /** Lane of each row, or MORE_ROW. */
  readonly lanes: Int32Array;
  /** Where each row begins; one more at the end. */
  readonly tops: Float64Array;
  /** Lane → row; -1: not shown. */
  readonly rowOf: Int32Array;
  /** Lanes that are collapsed, or would be. */
  readonly others: number;
}

export interface ShownLanes {
  readonly isExpanded: boolean;
  /** 1 for each lane that the filter lets through; undefined: no filter. */
  readonly matching?: Uint8Array | undefined;
}

/** Lanes of interest, a line for the others, and these if they are asked for. A filter shows all that it finds. */
export function layoutRows(model: TimelineModel, { isExpanded, matching }: ShownLanes): LaneRows {
  const { lanes } = model.timeline;
  const shown: number[] = [];
  const others: number[] = [];
  for (let lane = 0; lane < lanes.length; lane++) {
    if (matching === undefined || matching[lane] === 1) {
      (matching === undefined && lanes[lane]!.interest === 'other' ? others : shown).push(lane);
    }
  }
  // With nothing of interest there would be nothing to see: the line would hide all there is.
  const isCollapsible = others.length > 0 && shown.length > 0;
  const more = isCollapsible ? [MORE_ROW] : [];
  const listed = isExpanded || !isCollapsible ? others : [];
  return placeRows(model, Int32Array.from(shown.concat(more, listed)), isCollapsible ? others.length : 0);
}

function placeRows(model: TimelineModel, lanes: Int32Array, others: number): LaneRows {
  const tops = new Float64Array(lanes.length + 1);
  const rowOf = new Int32Array(model.timeline.lanes.length).fill(-1);
  lanes.forEach((lane, row) => {
    tops[row + 1] = tops[row]! + (lane === MORE_ROW ? MORE_ROW_PX : laneHeight(model, lane));
    if (lane !== MORE_ROW) {
      rowOf[lane] = row;
    }
  });
  return { lanes, tops, rowOf, others };
}

function laneHeight(model: TimelineModel, lane: number): number {
  const waits = countStrips(model.waits, lane) * (LANE.waitPx + LANE.gapPx);
  const holds = countStrips(model.holds, lane) * (LANE.holdPx + LANE.gapPx);
  return Math.max(LANE.leastPx, 2 * LANE.paddingPx + waits + holds - LANE.gapPx);
}

function countStrips({ laneStrips }: SpanTable, lane: number): number {
  return laneStrips[lane + 1]! - laneStrips[lane]!;
}

/** Height of everything. */
export function rowsHeight({ tops }: LaneRows): number {
  return tops[tops.length - 1]!;
}

/** Tasks that are not, or not wholly, within a height: below it, or behind the line that stands for the others. */
export function countUnseen({ lanes, tops, others }: LaneRows, heightPx: number): number {
  const more = lanes.indexOf(MORE_ROW);
  const collapsed = more === lanes.length - 1 ? others : 0;
  const below = lanes.filter((lane, row) => lane !== MORE_ROW && tops[row + 1]! > heightPx).length;
  return collapsed + below;
}

/** The row at a height; the first or last where there is none. */
export function rowAt({ tops }: LaneRows, y: number): number {
  return partitionPoint(1, Math.max(1, tops.length - 1), (row) => tops[row]! <= y) - 1;
}

/** One strip of a lane as it is placed. */
export interface PlacedStrip {
  readonly table: SpanTable;
  readonly strip: number;
  /** From the top of all rows. */
  readonly top: number;
  readonly height: number;
}

/** The strips of a lane from top to bottom: its waits, then what it held. */
export function placeStrips(model: TimelineModel, rows: LaneRows, row: number): PlacedStrip[] {
  const lane = rows.lanes[row]!;
  const placed: PlacedStrip[] = [];
  let top = rows.tops[row]! + LANE.paddingPx;
  for (const table of [model.waits, model.holds]) {
    const height = table.type === 'wait' ? LANE.waitPx : LANE.holdPx;
    for (let strip = table.laneStrips[lane]!; strip < table.laneStrips[lane + 1]!; strip++) {
      placed.push({ table, strip, top, height });
      top += height + LANE.gapPx;
    }
  }
  return placed;
}
