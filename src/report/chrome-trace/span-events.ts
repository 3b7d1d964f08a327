import {
  DEVICE_POSITION,
  type HoldColumns,
  SPAN_ENDS,
  type Timeline,
} from '../../../analysis/timeline/timeline.ts';
import { EVIDENCES, MODES } from '../../trace/index.ts';
import { trimStack } from '../stack-text.ts';
import { findSet, nameSet } from '../wait-blockers.ts';
import { nameBriefly, nameClaim, nameNamed, nameResource, nameSpanEnd } from '../wording.ts';
import { arrowBegin } from './arrow-events.ts';
import type { Arrow } from './arrows.ts';
import { toTimes } from './microseconds.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import type { TrackNumbers } from './track-names.ts';
import { NO_TRACK, type Placed } from './tracks.ts';

/** Waits and holds as slices. */
export class SpanEvents {
  readonly #timeline: Timeline;
  readonly #placed: Placed;
  readonly #numbers: readonly TrackNumbers[];
  /** Rows of waits from which an arrow leads. */
  readonly #arrows: ReadonlySet<number>;
  /** By position in the timeline's stacks: many slices have the same. */
  readonly #stacks: string[] = [];

  constructor(
    timeline: Timeline,
    placed: Placed,
    numbers: readonly TrackNumbers[],
    arrows: readonly Arrow[],
  ) {
    this.#timeline = timeline;
    this.#placed = placed;
    this.#numbers = numbers;
    this.#arrows = new Set(arrows.map(({ wait }) => wait));
  }

  *waits(): Generator<TraceEvent> {
    const { waits } = this.#timeline;
    for (let i = 0; i < waits.lane.length; i++) {
      const track = this.#placed.waits[i]!;
      if (track !== NO_TRACK) {
        const slice = this.#slice('waits', waits, track, i, this.#describeBlocker(i));
        yield this.#arrows.has(i) ? { ...slice, ...arrowBegin(i) } : slice;
      }
    }
  }

  *holds(): Generator<TraceEvent> {
    const { holds } = this.#timeline;
    for (let i = 0; i < holds.lane.length; i++) {
      const track = this.#placed.holds[i]!;
      if (track !== NO_TRACK) {
        yield this.#slice('holds', holds, track, i, {});
      }
    }
  }

  #slice(
    of: 'waits' | 'holds',
    columns: HoldColumns,
    track: number,
    i: number,
    more: TraceEvent,
  ): TraceEvent {
    const resource = this.#timeline.resources[columns.resource[i]!]!;
    return {
      ph: 'X',
      name: nameBriefly(resource),
      cat: of,
      ...toTimes(columns.beginNs[i]!, columns.durationNs[i]!),
      ...this.#numbers[track],
      args: {
        resource: nameResource(resource),
        mode: MODES[columns.mode[i]!],
        ...more,
        end: nameSpanEnd(of, SPAN_ENDS[columns.end[i]!]!),
        stack: this.#stackOf(columns.stack[i]!),
      },
    };
  }

  /** How the blocker is known, in the words of the report. */
  #describeBlocker(i: number): TraceEvent {
    const { waits, lanes } = this.#timeline;
    const position = waits.blocker[i]!;
    const io = position === DEVICE_POSITION;
    const lane = lanes[position];
    if (lane === undefined) {
      return { blocker: io ? 'a device' : 'not known' };
    }
    const evidence = EVIDENCES[waits.evidence[i]!]!;
    const claim = nameClaim({ blocker: lane.tid, evidence, hard: waits.hard[i] === 1, io });
    const several = findSet(this.#timeline, i);
    const blocker = several === undefined ? nameNamed(lane) : nameSet(this.#timeline, several);
    return { blocker, evidence: claim };
  }

  #stackOf(stack: number): string | undefined {
    const frames = this.#timeline.stacks[stack];
    if (frames === undefined) {
      return undefined;
    }
    this.#stacks[stack] ??= trimStack(frames.map((frame) => this.#timeline.frames[frame]!)).lines.join('\n');
    return this.#stacks[stack];
  }
}
