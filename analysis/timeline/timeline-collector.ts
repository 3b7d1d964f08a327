import { EVIDENCES, MODES, NONE } from '../../src/trace/index.ts';
import type { Analysis } from '../result.ts';
import type { HoldSpan, SpanSink, WaitSpan } from '../spans/span.ts';
import type { SpanTables } from '../spans/span-collector.ts';
import { BlockerSets } from './blocker-sets.ts';
import { ColumnMaker } from './column-maker.ts';
import { arrangeTasks, findInterests, toLane, WaitCounts } from './lanes.ts';
import { HOLD_FIELDS, type HoldField, WAIT_FIELDS, type WaitField } from './span-fields.ts';
import { SpanPool } from './span-pool.ts';
import { DEVICE_POSITION, SPAN_ENDS, type Timeline, UNKNOWN_POSITION } from './timeline.ts';
import { TimelineNames } from './timeline-names.ts';

/** How much a timeline keeps. */
export interface TimelineOptions {
  /** Waits in a timeline, unless more are open; 100,000 unless given. */
  readonly waits?: number;
  /** Likewise; half as many as waits unless given. */
  readonly holds?: number;
}

/** Waits in a timeline, unless TimelineOptions say otherwise. */
export const DEFAULT_WAITS = 100_000;

/**
 * Takes a capture's waits and holds and keeps what a timeline shows: what is open and the longest of the rest, first those
 * of tasks in cycles and chains. Memory grows with what is open and with tasks, not with spans.
 */
export class TimelineCollector implements SpanSink {
  readonly #waits: SpanPool<WaitField>;
  readonly #holds: SpanPool<HoldField>;
  readonly #blockerSets = new BlockerSets();
  readonly #counts = new WaitCounts();

  constructor({ waits = DEFAULT_WAITS, holds = Math.ceil(waits / 2) }: TimelineOptions = {}) {
    this.#waits = new SpanPool(waits, WAIT_FIELDS);
    this.#holds = new SpanPool(holds, HOLD_FIELDS);
  }

  wait(span: WaitSpan): void {
    const durationNs = span.endNs - span.beginNs;
    const [blocker] = span.blockers;
    this.#counts.add(span.task, durationNs);
    this.#waits.add(span.beginNs, durationNs, span.end === 'open', {
      ...toFields(span),
      blocker: blocker?.io ? DEVICE_POSITION : (blocker?.task ?? UNKNOWN_POSITION),
      blockers: this.#blockerSets.numberOf(span.blockers),
      evidence: EVIDENCES.indexOf(blocker?.evidence ?? 'unknown'),
      hard: blocker?.hard === false ? 0 : 1,
    });
  }

  hold(span: HoldSpan): void {
    this.#holds.add(span.beginNs, span.endNs - span.beginNs, span.end === 'open', toFields(span));
  }

  /** To be asked for once, after the last span. */
  finish(analysis: Analysis, tables: SpanTables): Timeline {
    const interests = findInterests(analysis, tables.tasks);
    const matters = (task: number) => interests.cycle.has(task) || interests.chain.has(task);
    const waits = this.#waits.select('task', matters);
    const holds = this.#holds.select('task', matters);
    const blockers = this.#blockerSets.choose(interests);
    const tasks = arrangeTasks(
      [waits.task, waits.blocker, blockers.flatMap((one) => one.tasks), holds.task],
      interests,
      this.#counts,
    );
    const names = new TimelineNames(tables);
    const columns = new ColumnMaker(tasks, names, blockers);
    const omitted = { waits: this.#waits.omitted(waits), holds: this.#holds.omitted(holds) };
    return {
      endNs: analysis.capture.endNs,
      lanes: tasks.map((task) => toLane(task, tables.tasks, interests, this.#counts)),
      blockerSets: columns.blockerSets,
      waits: columns.waits(waits),
      holds: columns.holds(holds),
      ...names.lists(),
      omitted: {
        waits: omitted.waits.count,
        waitedNs: omitted.waits.ns,
        holds: omitted.holds.count,
        heldNs: omitted.holds.ns,
      },
    };
  }
}

function toFields({ task, resource, stack, mode, end }: WaitSpan | HoldSpan) {
  return {
    task,
    resource,
    stack: stack === NONE ? UNKNOWN_POSITION : stack,
    mode: mode === undefined ? UNKNOWN_POSITION : MODES.indexOf(mode),
    end: SPAN_ENDS.indexOf(end),
  };
}
