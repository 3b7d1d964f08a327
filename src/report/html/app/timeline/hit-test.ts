import type { TimelineItem } from './item.ts';
import { type LaneRows, MORE_ROW, type PlacedStrip, placeStrips, rowAt, rowsHeight } from './lane-rows.ts';
import { itemAt, type TimelineModel } from './model.ts';
import { type ColumnScale, MIN_BAR_PX } from './span-index.ts';
import { type SpanTable, visitStrip } from './span-table.ts';
import { nsAt } from './time-view.ts';

/** What lies under a point. */
export interface Hit {
  readonly item: TimelineItem;
  /** Spans that share the pixels with it. */
  readonly others: number;
}

/** What is under the pointer, and where that is from the left and top of the plot. */
export interface Hovered {
  readonly hit: Hit;
  readonly x: number;
  readonly y: number;
}

/** A pointer need not be exact: a bar can be thinner than its tip. */
const REACH_PX = 2;

/**
 * The span at a point: the one under it, or of those too narrow to tell apart the longest.
 *
 * @param x from where the scale begins
 * @param y from the top of all rows
 */
export function hitSpan(
  model: TimelineModel,
  rows: LaneRows,
  scale: ColumnScale,
  x: number,
  y: number,
): Hit | undefined {
  const strip = stripAt(model, rows, y);
  return strip === undefined ? undefined : hitStrip(strip, scale, x);
}

/** The task at a height. */
export function hitTask(rows: LaneRows, y: number): TimelineItem | undefined {
  const lane = y >= 0 && y < rowsHeight(rows) ? rows.lanes[rowAt(rows, y)] : undefined;
  return lane === undefined || lane === MORE_ROW ? undefined : { type: 'task', lane };
}

function stripAt(model: TimelineModel, rows: LaneRows, y: number): PlacedStrip | undefined {
  const task = hitTask(rows, y);
  if (task === undefined) {
    return undefined;
  }
  return placeStrips(model, rows, rowAt(rows, y)).find(
    ({ top, height }) => y >= top - 1 && y < top + height + 1,
  );
}

function hitStrip({ table, strip }: PlacedStrip, scale: ColumnScale, x: number): Hit | undefined {
  let best = -1;
  let bestRank = -1;
  let count = 0;
  visitStrip(table, strip, nsAt(scale, x - REACH_PX), nsAt(scale, x + REACH_PX), (position) => {
    count++;
    const rank = rankSpan(table, position, nsAt(scale, x), scale.nsPerPx);
    // What is drawn later lies on top.
    if (rank >= bestRank) {
      best = position;
      bestRank = rank;
    }
  });
  return best < 0 ? undefined : { item: itemAt(table, best), others: count - 1 };
}

/** A bar that is really under the point comes first, then the longer. */
function rankSpan({ beginNs, endNs }: SpanTable, position: number, atNs: number, nsPerPx: number): number {
  const lengthNs = endNs[position]! - beginNs[position]!;
  const isUnder = beginNs[position]! <= atNs && atNs <= endNs[position]!;
  return isUnder && lengthNs >= MIN_BAR_PX * nsPerPx ? Number.POSITIVE_INFINITY : lengthNs;
}
