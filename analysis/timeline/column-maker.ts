import { type ChosenTasks, listSets } from './blocker-sets.ts';
import type { HoldField, WaitField } from './span-fields.ts';
import type { SpanRows } from './span-pool.ts';
import { type BlockerSet, type HoldColumns, UNKNOWN_POSITION, type WaitColumns } from './timeline.ts';
import type { TimelineNames } from './timeline-names.ts';

/** Turns rows in the numbers of a capture into columns in those of a timeline. */
export class ColumnMaker {
  readonly #laneOf: ReadonlyMap<number, number>;
  readonly #names: TimelineNames;
  readonly #blockers: ReturnType<typeof listSets>;

  /**
   * @param tasks in the order of their lanes
   * @param blockers by the numbers in the field of that name
   */
  constructor(tasks: readonly number[], names: TimelineNames, blockers: readonly ChosenTasks[]) {
    this.#laneOf = new Map(tasks.map((task, lane) => [task, lane]));
    this.#names = names;
    this.#blockers = listSets(blockers, (task) => this.#lane(task));
  }

  get blockerSets(): readonly BlockerSet[] {
    return this.#blockers.sets;
  }

  waits(rows: SpanRows<WaitField>): WaitColumns {
    const { blocker, blockers: numbers, evidence, hard, ...others } = this.#sort(rows);
    const { sets, positions } = this.#blockers;
    const blockers = numbers.map((number) => positions[number] ?? UNKNOWN_POSITION);
    return {
      ...this.#common(others),
      blocker: blocker.map((task, row) => sets[blockers[row]!]?.lanes[0] ?? this.#lane(task)),
      blockers,
      evidence,
      hard,
    };
  }

  holds(rows: SpanRows<HoldField>): HoldColumns {
    return this.#common(this.#sort(rows));
  }

  #common({ task, resource, stack, ...others }: SpanRows<HoldField>): HoldColumns {
    return {
      lane: task.map((number) => this.#lane(number)),
      resource: this.#names.resources(resource),
      stack: this.#names.stacks(stack),
      ...others,
    };
  }

  /** Negative numbers stay what they are. */
  #lane(task: number): number {
    return this.#laneOf.get(task) ?? task;
  }

  /** By lane, then begin; the longer one first, so that what is inside another comes after it. */
  #sort<F extends string>(rows: SpanRows<F | 'task'>): SpanRows<F | 'task'> {
    const { task, beginNs, durationNs } = rows;
    const order = task.map((_, row) => row);
    order.sort(
      (a, b) =>
        this.#lane(task[a]!) - this.#lane(task[b]!) ||
        beginNs[a]! - beginNs[b]! ||
        durationNs[b]! - durationNs[a]! ||
        a - b,
    );
    const columns = Object.entries<readonly number[]>(rows);
    return Object.fromEntries(
      columns.map(([name, column]) => [name, order.map((row) => column[row]!)]),
    ) as unknown as SpanRows<F | 'task'>;
  }
}
