import { grown } from './columns.ts';

/** Different chains that are told apart; what comes after them is counted together. */
const MOST_CHAINS = 65_536;

/** Chains that are not told apart any more. */
export const OTHER_CHAINS = 0;

/** Time by chain. A chain is numbered from its end: by its first link and the number of the chain after that. */
export class ChainSums<T> {
  readonly #ids: Map<string, number>;
  readonly #examples: (T | undefined)[];
  #sumNs: Float64Array;

  constructor(
    ids = new Map<string, number>(),
    examples: (T | undefined)[] = [undefined],
    sumNs = new Float64Array(1),
  ) {
    this.#ids = ids;
    this.#examples = examples;
    this.#sumNs = sumNs;
  }

  get sumNs(): Float64Array {
    return this.#sumNs;
  }

  end(key: string): number {
    return this.#intern(`=${key}`);
  }

  link(key: string, next: number): number {
    return next === OTHER_CHAINS ? OTHER_CHAINS : this.#intern(`${next} ${key}`);
  }

  add(chain: number, ns: number, example: T): void {
    this.#sumNs = grown(this.#sumNs, chain + 1);
    this.#sumNs[chain]! += ns;
    if (chain !== OTHER_CHAINS) {
      this.#examples[chain] ??= example;
    }
  }

  exampleOf(chain: number): T {
    return this.#examples[chain]!;
  }

  /** Sums of its own; numbers and examples are shared. */
  copy(): ChainSums<T> {
    return new ChainSums(this.#ids, this.#examples, this.#sumNs.slice());
  }

  #intern(key: string): number {
    let id = this.#ids.get(key);
    if (id === undefined) {
      if (this.#ids.size >= MOST_CHAINS) {
        return OTHER_CHAINS;
      }
      id = this.#examples.length;
      this.#examples.push(undefined);
      this.#ids.set(key, id);
    }
    return id;
  }
}
