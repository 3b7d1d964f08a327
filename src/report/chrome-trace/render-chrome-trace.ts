import type { Analysis } from '../../../analysis/result.ts';
import type { Timeline } from '../../../analysis/timeline/timeline.ts';
import { escapeText } from '../escape.ts';
import { formatCount, formatPlural } from '../format.ts';
import { captureFacts } from '../render-capture.ts';
import { verdictSentences } from '../verdict-text.ts';
import { allocationEvent, allocationOf } from './allocation-events.ts';
import { markEvents } from './arrow-events.ts';
import { findArrows } from './arrows.ts';
import { captureEvents } from './capture-events.ts';
import { SpanEvents } from './span-events.ts';
import { numberTracks, type PidOf, trackNames } from './track-names.ts';
import { type Placed, placeSpans } from './tracks.ts';

export interface ChromeTraceOptions {
  /** `holdwait 0.1.0`. */
  readonly program: string;
  /** Name of the capture. */
  readonly file: string;
  readonly pidOf: PidOf;
}

/** One object of `traceEvents`; `ts` and `dur` in µs. */
export type TraceEvent = Readonly<Record<string, unknown>>;

/**
 * The timeline in the Trace Event Format, piece by piece: Perfetto, chrome://tracing and speedscope open it. A track for each
 * task's waits, below it its holds, tasks grouped by process; arrows lead from waiters to blockers. No slices of a track
 * overlap: each of these viewers would draw them wrong, and each in another way.
 */
export function* renderChromeTrace(
  analysis: Analysis,
  timeline: Timeline,
  options: ChromeTraceOptions,
): Generator<string> {
  const placed = placeSpans(timeline, (lane) => allocationOf(analysis, lane) !== undefined);
  const about = describeTrace(analysis, timeline, placed, options);
  yield `{"displayTimeUnit":"ns","otherData":${JSON.stringify(about)},"traceEvents":[`;
  let separator = '\n';
  for (const event of listEvents(analysis, timeline, placed, options, about)) {
    yield separator + JSON.stringify(event);
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** Marks last: of slices that begin and end together the one that comes first is around the others. */
function* listEvents(
  analysis: Analysis,
  timeline: Timeline,
  placed: Placed,
  { pidOf }: ChromeTraceOptions,
  about: TraceEvent,
): Generator<TraceEvent> {
  const numbers = numberTracks(placed.tracks, timeline, pidOf);
  const arrows = Array.from(findArrows(timeline, placed));
  const spans = new SpanEvents(timeline, placed, numbers, arrows);
  yield* captureEvents(analysis, about);
  yield* trackNames(placed.tracks, timeline, numbers);
  yield* spans.waits();
  yield* spans.holds();
  for (const [i, { lane, type }] of placed.tracks.entries()) {
    if (type === 'inside') {
      yield allocationEvent(analysis, timeline.lanes[lane]!, numbers[i]!);
    }
  }
  yield* markEvents(arrows, timeline, numbers);
}

/** What the trace is, and what is missing from it. */
function describeTrace(
  analysis: Analysis,
  { omitted }: Timeline,
  { unplaced }: Placed,
  { program, file }: ChromeTraceOptions,
): TraceEvent {
  const { loss } = analysis;
  const losses = Object.entries(loss.byReason).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  const leftOut = [
    ...(omitted.waits > 0 ? [`the shortest ${formatPlural(omitted.waits, 'wait')}`] : []),
    ...(omitted.holds > 0 ? [`the shortest ${formatPlural(omitted.holds, 'hold')}`] : []),
    ...(unplaced > 0 ? [`${formatPlural(unplaced, 'hold')} of tasks that hold very much at a time`] : []),
  ];
  return {
    verdict: verdictSentences(analysis, 1)[0],
    capture: [file, ...captureFacts(analysis)].map(escapeText).join(', '),
    lost: losses.map(escapeText).join(', ') || 'nothing',
    leftOut: leftOut.join(', ') || 'nothing',
    writtenBy: program,
  };
}
