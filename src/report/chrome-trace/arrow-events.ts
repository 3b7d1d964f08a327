import type { Timeline } from '../../../analysis/timeline/timeline.ts';
import { nameNamed } from '../wording.ts';
import type { Arrow } from './arrows.ts';
import { toTimes } from './microseconds.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import type { TrackNumbers } from './track-names.ts';

/** As short as a slice can be. */
const MARK_NS = 1;

/** What makes a wait's slice the begin of its arrow. */
export function arrowBegin(wait: number): TraceEvent {
  return { bind_id: toBindId(wait), flow_out: true };
}

/**
 * Where arrows end: each at a mark of its own inside the blocker's slice. Perfetto turns an arrow round that leads to a slice
 * which began earlier, and a blocker mostly has the resource before anyone waits for it.
 */
export function* markEvents(
  arrows: readonly Arrow[],
  { lanes, waits }: Timeline,
  numbers: readonly TrackNumbers[],
): Generator<TraceEvent> {
  for (const { wait, toTrack, atNs } of arrows) {
    const name = `wanted by ${nameNamed(lanes[waits.lane[wait]!]!)}`;
    const binding = { bind_id: toBindId(wait), flow_in: true };
    yield {
      ph: 'X',
      name,
      cat: 'blocker',
      ...toTimes(atNs, MARK_NS),
      ...numbers[toTrack],
      ...binding,
    };
  }
}

/**
 * Slices name their arrow as those of Chromium do. Events of their own for its ends (`s` and `f`) would belong to whichever
 * slice is innermost at that time, and in a cycle that is often the mark of another arrow.
 */
function toBindId(wait: number): string {
  return `0x${(wait + 1).toString(16)}`;
}
