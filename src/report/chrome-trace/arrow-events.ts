import type { Timeline } from '../../../analysis/timeline/timeline.ts';
import { nameNamed } from '../wording.ts';
import type { Arrow } from './arrows.ts';
import { toMicroseconds, toTimes } from './microseconds.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import type { TrackNumbers } from './track-names.ts';

/** As short as a slice can be. */
const MARK_NS = 1;

/**
 * Arrows from waits to their blockers. Perfetto turns an arrow round that leads to a slice which began earlier, and a blocker
 * mostly has the resource before anyone waits for it: so that an arrow ends at a mark of its own inside the blocker's slice.
 * All begins come before all marks, or an arrow that begins where another one ends would begin at that one's mark.
 */
export function* arrowEvents(
  arrows: readonly Arrow[],
  { lanes, waits }: Timeline,
  numbers: readonly TrackNumbers[],
): Generator<TraceEvent> {
  const flow = (atNs: number, i: number) => ({
    name: 'waits for',
    cat: 'blocker',
    id: i + 1,
    ts: toMicroseconds(atNs),
  });
  for (const [i, { fromTrack, atNs }] of arrows.entries()) {
    yield { ph: 's', ...flow(atNs, i), ...numbers[fromTrack] };
  }
  for (const [i, { wait, toTrack, atNs }] of arrows.entries()) {
    const track = numbers[toTrack];
    const name = `wanted by ${nameNamed(lanes[waits.lane[wait]!]!)}`;
    yield { ph: 'X', name, cat: 'blocker', ...toTimes(atNs, MARK_NS), ...track };
    yield { ph: 'f', bp: 'e', ...flow(atNs, i), ...track };
  }
}
