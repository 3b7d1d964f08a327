/** A stream of random numbers that its seed alone decides: xoshiro128** by Blackman and Vigna, seeded by splitmix32. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed its lower 53 bits count */
  constructor(seed: number) {
    // Seeds that differ only above 32 bits must differ here, too.
    let state = (seed >>> 0) ^ Math.imul(Math.floor(seed / 4_294_967_296), 0x9e37_79b9);
    const next = (): number => {
      state = (state + 0x9e37_79b9) | 0;
      const once = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
      const twice = Math.imul(once ^ (once >>> 15), 0x735a_2d97);
      return twice ^ (twice >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** 32 random bits, as a number from 0. */
  bits(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** A whole number from 0 to below `limit`, at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.bits() / 4_294_967_296) * limit);
  }

  /** A whole number from `first` to `last`. */
  between(first: number, last: number): number {
    return Math.floor(first) + this.below(Math.floor(last) - Math.floor(first) + 1);
  }

  /** True once in `n` times on average. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Mostly around `typicalNs`, once in 32 times about sixteen times as long: what durations in a kernel look like. */
  durationNs(typicalNs: number): number {
    const long = this.oneIn(32) ? 16 : 1;
    return Math.max(1, Math.floor(typicalNs * long * (0.25 + 1.5 * (this.bits() / 4_294_967_296))));
  }
}
