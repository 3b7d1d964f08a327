import type { Random } from './random.ts';

const FIRST_TID = 300;

/** Gives tids in no order and none twice, and thread group ids that no task has had. */
export class TaskNumbers {
  readonly #mask: number;
  readonly #step: number;
  readonly #offset: number;
  #tids = 0;
  #pids = 0;

  /** @param most tids that will be asked for */
  constructor(random: Random, most: number) {
    const bits = Math.max(12, Math.ceil(Math.log2(most)) + 1);
    this.#mask = 2 ** bits - 1;
    // Odd, so that every number below the power of two comes once.
    this.#step = random.bits() | 1;
    this.#offset = random.bits();
  }

  nextTid(): number {
    return FIRST_TID + ((Math.imul(this.#tids++, this.#step) + this.#offset) & this.#mask);
  }

  nextPid(): number {
    return FIRST_TID + this.#mask + 1 + this.#pids++;
  }
}
