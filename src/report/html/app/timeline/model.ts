import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';
import type { TimelineItem } from './item.ts';
import { chooseHoldLooks, chooseWaitLooks, HOLD_LOOKS, WAIT_LOOKS } from './looks.ts';
import { buildSpanTable, type SpanTable } from './span-table.ts';

/** A timeline made ready for drawing; built once. */
export interface TimelineModel {
  readonly timeline: Timeline;
  /** When each cycle closed. */
  readonly closedNs: readonly number[];
  readonly waits: SpanTable;
  readonly holds: SpanTable;
}

export function buildTimelineModel(timeline: Timeline, closedNs: readonly number[]): TimelineModel {
  const laneCount = timeline.lanes.length;
  const waitLooks = chooseWaitLooks(timeline);
  const holdLooks = chooseHoldLooks(timeline, waitLooks);
  return {
    timeline,
    closedNs,
    waits: buildSpanTable('wait', timeline.waits, waitLooks, WAIT_LOOKS.length, laneCount),
    holds: buildSpanTable('hold', timeline.holds, holdLooks, HOLD_LOOKS.length, laneCount),
  };
}

/** A span in its table. */
export interface PlacedSpan {
  readonly table: SpanTable;
  readonly position: number;
  readonly lane: number;
}

/** undefined: the item is no span. */
export function placeSpan(model: TimelineModel, item: TimelineItem): PlacedSpan | undefined {
  if (item.type !== 'wait' && item.type !== 'hold') {
    return undefined;
  }
  const isWait = item.type === 'wait';
  const table = isWait ? model.waits : model.holds;
  const columns = isWait ? model.timeline.waits : model.timeline.holds;
  return { table, position: table.positions[item.row]!, lane: columns.lane[item.row]! };
}

/** The lane an item is on; undefined for the moment a cycle closed. */
export function laneOf(model: TimelineModel, item: TimelineItem): number | undefined {
  return item.type === 'task' ? item.lane : placeSpan(model, item)?.lane;
}

/** The span as an item. */
export function itemAt(table: SpanTable, position: number): TimelineItem {
  return { type: table.type, row: table.rows[position]! };
}
