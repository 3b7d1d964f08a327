import { NONE } from '../trace/index.ts';
import type { TextValue } from './arrow-batches.ts';
import type { TextColumnReader } from './arrow-decode.ts';
import type { RowRun } from './arrow-numbers.ts';

/** What a lookup answers for a text that cannot be taken. */
export const BAD = -2;
const UNSEEN = -3;

/** A number ≥ 0 for each text of a column, or BAD, found once; NONE for null. */
export class TextLookup {
  readonly #reader: TextColumnReader;
  readonly #find: (text: TextValue) => number;
  /** By index of the text, plus one: null comes first. */
  #found = new Int32Array(64).fill(UNSEEN);

  constructor(reader: TextColumnReader, find: (text: TextValue) => number) {
    this.#reader = reader;
    this.#find = find;
    this.#found[0] = NONE;
  }

  /** @param indexes as its reader has decoded them */
  decode(indexes: Int32Array | undefined, run: RowRun, to: Int8Array | Int32Array): void {
    const { from, count, at, bad } = run;
    if (indexes === undefined) {
      to.fill(NONE, at, at + count);
      return;
    }
    const found = this.#makeRoom();
    for (let i = 0; i < count; i++) {
      let code = found[indexes[from + i]! + 1]!;
      if (code === UNSEEN) {
        code = this.get(indexes[from + i]!);
      }
      to[at + i] = code;
      bad[i]! |= code === BAD ? 1 : 0;
    }
  }

  get(index: number): number {
    const found = this.#makeRoom();
    if (found[index + 1] === UNSEEN) {
      found[index + 1] = this.#find(this.#reader.values[index]);
    }
    return found[index + 1]!;
  }

  #makeRoom(): Int32Array {
    const needed = this.#reader.values.length + 1;
    if (this.#found.length < needed) {
      const larger = new Int32Array(Math.max(needed, this.#found.length * 2)).fill(UNSEEN);
      larger.set(this.#found);
      this.#found = larger;
    }
    return this.#found;
  }
}
