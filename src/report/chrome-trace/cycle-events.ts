import { cycleHandle } from '../../../analysis/handles.ts';
import type { Analysis } from '../../../analysis/result.ts';
import type { Timeline } from '../../../analysis/timeline/timeline.ts';
import { sumUpCycle } from '../render-cycle.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import type { TrackNumbers } from './track-names.ts';
import type { Track } from './tracks.ts';

/** The unit of the format; a nanosecond is a thousandth. */
export function toMicroseconds(ns: number): number {
  return ns / 1e3;
}

/** The moment at which each cycle closed, across all tracks, on the one whose wait closed it. */
export function* cycleEvents(
  analysis: Analysis,
  { lanes }: Timeline,
  tracks: readonly Track[],
  numbers: readonly TrackNumbers[],
): Generator<TraceEvent> {
  for (const [i, cycle] of analysis.cycles.entries()) {
    const last = cycle.edges.find(({ sinceNs }) => sinceNs === cycle.closedNs) ?? cycle.edges[0]!;
    const track = tracks.findIndex(({ lane, type }) => type === 'waits' && lanes[lane]!.tid === last.waiter);
    const sentence = sumUpCycle(cycle, analysis);
    const name = `${cycle.verdict === 'deadlock' ? 'deadlock' : 'suspected deadlock'} ${cycleHandle(i)} closed`;
    yield {
      ph: 'i',
      s: 'g',
      name,
      cat: 'cycle',
      ts: toMicroseconds(cycle.closedNs),
      ...numbers[Math.max(0, track)],
      args: { cycle: sentence },
    };
  }
}
