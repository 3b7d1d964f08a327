import { describeResource } from '../describe-edge.ts';
import type { SpanTables } from '../spans/span-collector.ts';
import type { Timeline } from './timeline.ts';

type Tables = Pick<SpanTables, 'resources' | 'stacks'>;

/** The resources, stacks and frames of a timeline: those that its spans mention, numbered in that order. */
export class TimelineNames {
  readonly #tables: Tables;
  readonly #resources = new Positions();
  readonly #stacks = new Positions();

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Positions for indexes of the capture's table of resources. */
  resources(indexes: readonly number[]): number[] {
    return indexes.map((index) => this.#resources.of(index));
  }

  /** Likewise for stacks; negative numbers stay what they are. */
  stacks(indexes: readonly number[]): number[] {
    return indexes.map((index) => (index < 0 ? index : this.#stacks.of(index)));
  }

  lists(): Pick<Timeline, 'resources' | 'stacks' | 'frames'> {
    const { resources, stacks } = this.#tables;
    const frames = new Positions();
    return {
      resources: this.#resources.numbers().map((index) => describeResource({ resources }, index)),
      stacks: this.#stacks
        .numbers()
        .map((index) => Array.from(stacks.frameIndexes(index), (frame) => frames.of(frame))),
      frames: frames.numbers().map((frame) => stacks.frames.get(frame)),
    };
  }
}

/** Numbers things from 0 in the order in which they are first asked for. */
class Positions {
  readonly #byNumber = new Map<number, number>();

  of(number: number): number {
    let position = this.#byNumber.get(number);
    if (position === undefined) {
      position = this.#byNumber.size;
      this.#byNumber.set(number, position);
    }
    return position;
  }

  /** What was asked for, by position. */
  numbers(): number[] {
    return [...this.#byNumber.keys()];
  }
}
