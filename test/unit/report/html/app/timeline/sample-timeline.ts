import fc from 'fast-check';
import {
  SPAN_ENDS,
  type SpanEnd,
  type Timeline,
  type TimelineLane,
  UNKNOWN_POSITION,
} from '../../../../../../analysis/timeline/timeline.ts';
import { EVIDENCES } from '../../../../../../src/trace/words.ts';

export interface SampleSpan {
  readonly lane: number;
  readonly beginNs: number;
  readonly endNs: number;
  readonly end?: SpanEnd;
  readonly resource?: number;
  /** Of waits. */
  readonly blocker?: number;
  /** Instead: of waits with several. */
  readonly blockers?: readonly number[];
}

export interface Sample {
  readonly endNs?: number;
  readonly interests: readonly TimelineLane['interest'][];
  readonly kinds?: readonly string[];
  readonly waits?: readonly SampleSpan[];
  readonly holds?: readonly SampleSpan[];
}

/** A timeline of a few words; spans in any order. */
export function makeTimeline({
  endNs = 1000,
  interests,
  kinds = ['mutex'],
  waits = [],
  holds = [],
}: Sample): Timeline {
  const sorted = sort(waits);
  const blockers = sorted.map(({ blocker, blockers }) => blockers?.[0] ?? blocker ?? UNKNOWN_POSITION);
  const blockerSets = sorted.flatMap(({ blockers }) => (blockers ? [{ lanes: blockers, more: 0 }] : []));
  return {
    endNs,
    lanes: interests.map((interest, lane) => ({
      tid: lane + 1,
      name: `task${lane}:${lane + 1}`,
      interest,
      waits: waits.filter((span) => span.lane === lane).length,
      waitedNs: 0,
    })),
    resources: kinds.map((kind, i) => ({ kind, id: `0x${i}` })),
    frames: [],
    stacks: [],
    blockerSets,
    waits: {
      ...makeColumns(sorted, 'ended'),
      blocker: blockers,
      blockers: sorted.map(({ blockers }) => blockerSets.findIndex(({ lanes }) => lanes === blockers)),
      evidence: blockers.map(() => EVIDENCES.indexOf('traced')),
      hard: blockers.map(() => 1),
    },
    holds: makeColumns(sort(holds), 'released'),
    omitted: { waits: 0, waitedNs: 0, holds: 0, heldNs: 0 },
  };
}

function sort(spans: readonly SampleSpan[]): SampleSpan[] {
  return [...spans].sort((a, b) => a.lane - b.lane || a.beginNs - b.beginNs);
}

function makeColumns(spans: readonly SampleSpan[], usualEnd: SpanEnd): Timeline['holds'] {
  return {
    lane: spans.map(({ lane }) => lane),
    beginNs: spans.map(({ beginNs }) => beginNs),
    durationNs: spans.map((span) => span.endNs - span.beginNs),
    resource: spans.map(({ resource = 0 }) => resource),
    stack: spans.map(() => UNKNOWN_POSITION),
    mode: spans.map(() => UNKNOWN_POSITION),
    end: spans.map(({ end = usualEnd }) => SPAN_ENDS.indexOf(end)),
  };
}

export const SAMPLE_END_NS = 1000;

/** Spans of a few lanes, overlapping or not, in a capture of SAMPLE_END_NS. */
export function arbitrarySpans(lanes: number): fc.Arbitrary<SampleSpan[]> {
  const span = fc.record({
    lane: fc.nat({ max: lanes - 1 }),
    beginNs: fc.nat({ max: SAMPLE_END_NS }),
    lengthNs: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: SAMPLE_END_NS })),
  });
  return fc.array(span, { maxLength: 200, size: 'max' }).map((spans) =>
    spans.map(({ lane, beginNs, lengthNs }) => ({
      lane,
      beginNs,
      endNs: Math.min(SAMPLE_END_NS, beginNs + lengthNs),
    })),
  );
}
