import { EVIDENCES, MODES, NO_TID, NONE } from '../../src/trace/index.ts';
import { BlockerFinder, type BlockerSet } from '../find-blockers.ts';
import { inferHolders } from '../infer-holders.ts';
import type { Hold } from '../replay/hold-tracker.ts';
import type { HoldEnd, ReplayObserver, WaitEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { Analysis } from '../result.ts';
import { type TaskName, TaskSlots } from '../wait-times/task-slots.ts';
import type { SpanBlocker, SpanSink, WaitSpan } from './span.ts';

/** What the numbers in spans stand for. */
export type SpanTables = Pick<ReplayState['tables'], 'resources' | 'stacks'> & {
  /** By the number of a task. */
  readonly tasks: ReadonlyMap<number, TaskName>;
  /** Tasks as the capture names them, by tid. */
  readonly names: ReplayState['tables']['tasks'];
};

const DEVICE: readonly SpanBlocker[] = [
  { task: undefined, tid: undefined, io: true, evidence: 'traced', hard: true },
];
const NOBODY: readonly SpanBlocker[] = [];

/** Tells waits and holds as spans while a replay goes on; keeps none of them. To be added before the first event. */
export class SpanCollector implements ReplayObserver {
  readonly #state: ReplayState;
  readonly #sink: SpanSink;
  readonly #slots = new TaskSlots();
  /** By resource, when a device last let go of it, where tasks waited for that. */
  readonly #landedNs = new Map<number, number>();

  constructor(state: ReplayState, sink: SpanSink) {
    this.#state = state;
    this.#sink = sink;
  }

  waitEnded(row: number, how: WaitEnd): void {
    const { endNs } = this.#state.waits.table;
    this.#tellWait(row, endNs[row]!, how, this.#lastBlocker(row));
  }

  holdEnded(hold: Hold, tsNs: number, stack: number, how: HoldEnd): void {
    this.#tellHold(hold, tsNs, how, stack);
  }

  ioEnded(resource: number, tsNs: number): void {
    if (this.#state.waits.countWaiters(resource) > 0) {
      this.#landedNs.set(resource, tsNs);
    }
  }

  /** Comes after the task's waits have ended; its holds are told with those that are open. */
  taskStarted(tid: number, tsNs: number): void {
    this.#slots.startTask(tid, tsNs);
  }

  /**
   * Tells what is open, the last spans there are.
   *
   * @param capture of the analysis made of the same replay
   */
  finish(capture: Analysis['capture']): SpanTables {
    const { waits, holds, lives, tables } = this.#state;
    const finder = new BlockerFinder(this.#state, inferHolders(capture, this.#state));
    const known = new Map<BlockerSet, readonly SpanBlocker[]>();
    for (const row of waits.openRows()) {
      const sets = finder.find(row).map((set) => this.#toSpanBlockers(set, known));
      this.#tellWait(row, capture.endNs, 'open', sets.length === 1 ? sets[0]! : sets.flat());
    }
    for (const hold of holds.all()) {
      if (lives.isSame(hold.tid, hold.at)) {
        this.#tellHold(hold, capture.endNs, 'open', NONE);
      }
    }
    const numbers = Array.from({ length: this.#slots.size }, (_, task) => task);
    return {
      resources: tables.resources,
      stacks: tables.stacks,
      tasks: this.#slots.names(numbers, tables.tasks),
      names: tables.tasks,
    };
  }

  #tellWait(row: number, endNs: number, end: WaitSpan['end'], blockers: readonly SpanBlocker[]): void {
    const { tid, resource, beginNs, stack, mode } = this.#state.waits.table;
    this.#sink.wait({
      task: this.#slots.of(tid[row]!),
      tid: tid[row]!,
      resource: resource[row]!,
      beginNs: beginNs[row]!,
      endNs: Math.max(endNs, beginNs[row]!),
      stack: stack[row]!,
      mode: MODES[mode[row]!],
      end,
      blockers,
    });
  }

  #tellHold(hold: Hold, endNs: number, end: HoldEnd | 'open', releaseStack: number): void {
    const { tid, resource, sinceNs, stack, mode, at } = hold;
    if (!this.#state.lives.isSame(tid, at)) {
      // The tid is another task's by now, which never had it.
      return;
    }
    this.#sink.hold({
      task: this.#slots.of(tid),
      tid,
      resource,
      beginNs: sinceNs,
      endNs: Math.max(endNs, sinceNs),
      stack,
      mode: MODES[mode],
      end,
      releaseStack,
    });
  }

  /** @param known sets that waits share, which may be as long as there are waits */
  #toSpanBlockers(set: BlockerSet, known: Map<BlockerSet, readonly SpanBlocker[]>): readonly SpanBlocker[] {
    let blockers = known.get(set);
    if (blockers === undefined) {
      blockers = set
        .filter(({ tid, io }) => tid !== undefined || io)
        .map(({ tid, io, evidence, hard }) => ({ task: this.#taskOf(tid), tid, io, evidence, hard }));
      known.set(set, blockers);
    }
    return blockers;
  }

  #taskOf(tid: number | undefined): number | undefined {
    return tid === undefined ? undefined : this.#slots.of(tid);
  }

  /** Whoever let go before the wait ended: a device, if it was the last to have the resource. */
  #lastBlocker(row: number): readonly SpanBlocker[] {
    const { holderTid, evidence, resource, beginNs } = this.#state.waits.table;
    const landedNs = this.#landedNs.get(resource[row]!) ?? Number.NEGATIVE_INFINITY;
    const releasedNs = this.#state.holds.lastRelease(resource[row]!)?.tsNs ?? Number.NEGATIVE_INFINITY;
    if (landedNs >= beginNs[row]! && landedNs > releasedNs) {
      return DEVICE;
    }
    const tid = holderTid[row]!;
    return tid === NO_TID
      ? NOBODY
      : [
          {
            task: this.#slots.of(tid),
            tid,
            io: false,
            evidence: EVIDENCES[evidence[row]!] ?? 'unknown',
            hard: true,
          },
        ];
  }
}
