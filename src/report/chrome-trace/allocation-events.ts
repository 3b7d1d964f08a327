import type { Analysis, TaskSummary } from '../../../analysis/result.ts';
import type { TimelineLane } from '../../../analysis/timeline/timeline.ts';
import { escapeText } from '../escape.ts';
import { toTimes } from './microseconds.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import type { TrackNumbers } from './track-names.ts';

/** The allocation that a task of a cycle or chain is inside of at the end. */
export function allocationOf({ tasks }: Analysis, lane: TimelineLane): TaskSummary['allocation'] {
  return lane.interest === 'other' ? undefined : tasks[lane.tid]?.allocation;
}

export function allocationEvent(analysis: Analysis, lane: TimelineLane, numbers: TrackNumbers): TraceEvent {
  const { fn, sinceNs } = allocationOf(analysis, lane)!;
  const times = toTimes(sinceNs, analysis.capture.endNs - sinceNs);
  return { ph: 'X', name: escapeText(fn), cat: 'allocation', ...times, ...numbers };
}
