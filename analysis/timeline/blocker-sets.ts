import type { SpanBlocker } from '../spans/span.ts';
import type { Interests } from './lanes.ts';
import { type BlockerSet, UNKNOWN_POSITION } from './timeline.ts';

/** A lock may have a thousand readers, and each wait others. */
const MOST_LISTED = 32;

/** Of all sets together, from which those that matter are listed at the end; of sets beyond, no more than can be listed. */
const MOST_KEPT = 4_000_000;

/** Numbers, from 0, the blockers of waits that have several. */
export class BlockerSets {
  readonly #sets: { readonly kept: readonly SpanBlocker[]; readonly count: number }[] = [];
  /** Waits share the array where they have the same blockers. One that nobody shares may go when its wait has been told. */
  readonly #numbers = new WeakMap<readonly SpanBlocker[], number>();
  #room: number;

  constructor(mostKept = MOST_KEPT) {
    this.#room = mostKept;
  }

  /** UNKNOWN_POSITION: not several. */
  numberOf(blockers: readonly SpanBlocker[]): number {
    if (blockers.length < 2) {
      return UNKNOWN_POSITION;
    }
    let number = this.#numbers.get(blockers);
    if (number === undefined) {
      const kept = blockers.length <= this.#room ? blockers : blockers.slice(0, MOST_LISTED);
      this.#room -= kept.length;
      number = this.#sets.push({ kept, count: blockers.length }) - 1;
      this.#numbers.set(blockers, number);
    }
    return number;
  }

  /** The tasks that are listed, by the numbers of sets: those of cycles and chains before others. */
  choose({ cycle, chain }: Interests): readonly ChosenTasks[] {
    const rank = (task: number) => (cycle.has(task) ? 0 : chain.has(task) ? 1 : 2);
    return this.#sets.map(({ kept, count }) => {
      const tasks = kept.flatMap(({ task }) => task ?? []).sort((a, b) => rank(a) - rank(b));
      return { tasks: tasks.slice(0, MOST_LISTED), more: Math.max(0, count - MOST_LISTED) };
    });
  }
}

export interface ChosenTasks {
  readonly tasks: readonly number[];
  readonly more: number;
}

/** The same in lanes, each list once, and where the sets by their numbers are in it. */
export function listSets(
  chosen: readonly ChosenTasks[],
  toLane: (task: number) => number,
): { readonly sets: readonly BlockerSet[]; readonly positions: readonly number[] } {
  const sets: BlockerSet[] = [];
  const known = new Map<string, number>();
  const positions = chosen.map(({ tasks, more }) => {
    const lanes = tasks.map(toLane).sort((a, b) => a - b);
    const key = `${lanes} ${more}`;
    const position = known.get(key) ?? sets.push({ lanes, more }) - 1;
    known.set(key, position);
    return position;
  });
  return { sets, positions };
}
