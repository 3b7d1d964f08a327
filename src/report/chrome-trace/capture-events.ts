import { cycleHandle } from '../../../analysis/handles.ts';
import type { Analysis } from '../../../analysis/result.ts';
import { sumUpCycle } from '../render-cycle.ts';
import { toMicroseconds } from './microseconds.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import { FIRST_MADE_UP } from './track-names.ts';

/** The track of what is said of the whole capture, with a number that neither a task nor a track has. */
const CAPTURE = { pid: FIRST_MADE_UP - 1, tid: FIRST_MADE_UP - 1 };
/** A line across all tracks. */
const GLOBAL = { ph: 'i', s: 'g', ...CAPTURE };

/**
 * What the trace is, at its begin, since most viewers show nothing of `otherData`; and the moments at which cycles closed.
 *
 * @param about `otherData`
 */
export function* captureEvents(analysis: Analysis, about: TraceEvent): Generator<TraceEvent> {
  yield { ph: 'M', name: 'process_name', ...CAPTURE, args: { name: 'capture' } };
  yield { ph: 'M', name: 'process_sort_index', ...CAPTURE, args: { sort_index: 0 } };
  yield { ph: 'M', name: 'thread_name', ...CAPTURE, args: { name: 'verdict' } };
  yield { ...GLOBAL, name: about.verdict, cat: 'about', ts: 0, args: about };
  for (const [i, cycle] of analysis.cycles.entries()) {
    const what = cycle.verdict === 'deadlock' ? 'deadlock' : 'suspected deadlock';
    yield {
      ...GLOBAL,
      name: `${what} ${cycleHandle(i)} closed`,
      cat: 'cycle',
      ts: toMicroseconds(cycle.closedNs),
      args: { cycle: sumUpCycle(cycle, analysis) },
    };
  }
}
