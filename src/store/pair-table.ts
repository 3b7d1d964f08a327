/** Slots of a new table; a power of two. */
const FIRST_SLOTS = 1024;
const EMPTY = -1;

/** A number for each pair of indexes, all of them ≥ 0: a map whose keys would be objects, without the objects. */
export class PairTable {
  #first = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  #second = new Int32Array(FIRST_SLOTS);
  #values = new Int32Array(FIRST_SLOTS);
  #size = 0;

  /** -1 = not there. */
  get(first: number, second: number): number {
    const slot = this.#slot(first, second);
    return this.#first[slot] === EMPTY ? -1 : this.#values[slot]!;
  }

  set(first: number, second: number, value: number): void {
    if (this.#size * 2 >= this.#first.length) {
      this.#grow();
    }
    const slot = this.#slot(first, second);
    this.#size += this.#first[slot] === EMPTY ? 1 : 0;
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#values[slot] = value;
  }

  /** Where the pair is, or would be. */
  #slot(first: number, second: number): number {
    const firsts = this.#first;
    const mask = firsts.length - 1;
    const mixed = Math.imul(second, 0x9e37_79b1) ^ Math.imul(first, 0x85eb_ca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (firsts[slot] !== EMPTY && (firsts[slot] !== first || this.#second[slot] !== second)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [first, second, values] = [this.#first, this.#second, this.#values];
    this.#first = new Int32Array(first.length * 2).fill(EMPTY);
    this.#second = new Int32Array(first.length * 2);
    this.#values = new Int32Array(first.length * 2);
    this.#size = 0;
    for (let i = 0; i < first.length; i++) {
      if (first[i] !== EMPTY) {
        this.set(first[i]!, second[i]!, values[i]!);
      }
    }
  }
}
