import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { partitionPoint } from '../../../../trace/partition-point.ts';

/** The longest waits of some lanes, as rows of Timeline.waits, and how many shorter ones there are. */
export function longestOf(
  { waits }: Timeline,
  lanes: readonly number[],
  most: number,
): { readonly rows: readonly number[]; readonly more: number } {
  const rows = lanes.flatMap((lane) => rowsOfLane(waits.lane, lane));
  rows.sort((a, b) => waits.durationNs[b]! - waits.durationNs[a]! || a - b);
  return { rows: rows.slice(0, most), more: Math.max(0, rows.length - most) };
}

/** Rows are sorted by lane. */
function rowsOfLane(column: readonly number[], lane: number): number[] {
  const from = firstAtLeast(column, lane);
  const to = firstAtLeast(column, lane + 1);
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function firstAtLeast(column: readonly number[], value: number): number {
  return partitionPoint(0, column.length, (row) => column[row]! < value);
}
