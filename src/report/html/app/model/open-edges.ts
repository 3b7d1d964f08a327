import type { Edge } from '../../../../../analysis/result.ts';
import { SPAN_ENDS, type Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { edgeOfWait, framesOf } from './span-edge.ts';

const OPEN = SPAN_ENDS.indexOf('open');

/** All open waits: those that the analysis lists, then what the timeline knows of the others. */
export function completeOpen(listed: readonly Edge[], timeline: Timeline): readonly Edge[] {
  const { lanes, waits } = timeline;
  const waiters = new Set(listed.map(({ waiter }) => waiter));
  const rows = openRows(waits.end).filter((row) => !waiters.has(lanes[waits.lane[row]!]!.tid));
  if (rows.length === 0) {
    return listed;
  }
  const holds = new Map(
    openRows(timeline.holds.end).map((row) => [
      placeOf(timeline.holds.lane, timeline.holds.resource, row),
      row,
    ]),
  );
  const unlisted = rows.map((row) => {
    const hold = holds.get(placeOf(waits.blocker, waits.resource, row));
    return {
      ...edgeOfWait(timeline, row),
      ...(hold !== undefined && { hold: describeHold(timeline, hold) }),
    };
  });
  return [...listed, ...unlisted];
}

function openRows(ends: readonly number[]): number[] {
  return Array.from(ends.keys()).filter((row) => ends[row] === OPEN);
}

function placeOf(lanes: readonly number[], resources: readonly number[], row: number): string {
  return `${lanes[row]} ${resources[row]}`;
}

function describeHold(timeline: Timeline, row: number): NonNullable<Edge['hold']> {
  const { beginNs, stack } = timeline.holds;
  return { sinceNs: beginNs[row]!, stack: framesOf(timeline, stack[row]!) };
}
