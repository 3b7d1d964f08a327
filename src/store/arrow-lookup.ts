import { NONE } from '../trace/index.ts';
import type { TextValue } from './arrow-batches.ts';
import type { TextColumn } from './arrow-decode.ts';
import type { RowRun } from './arrow-numbers.ts';

/** What a lookup answers for a text that cannot be taken, or that its dictionary does not have. */
export const BAD = -2;
const UNSEEN = -3;

/** A number ≥ 0 for each text of a column, or BAD, found once for each entry of a dictionary; NONE for null. */
export class TextLookup {
  readonly #find: (text: TextValue) => number;
  #texts: readonly TextValue[] | undefined;
  /** By slot of the text. */
  #found = new Int32Array(64);

  constructor(find: (text: TextValue) => number) {
    this.#find = find;
  }

  decode(column: TextColumn | undefined, run: RowRun, to: Int8Array | Int32Array): void {
    if (column === undefined) {
      to.fill(NONE);
      return;
    }
    const found = this.#follow(column.texts);
    const last = column.texts.length;
    for (let i = 0; i < to.length; i++) {
      const slot = column.slot(run.from + i);
      const known = slot >= 0 && slot <= last ? found[slot]! : BAD;
      const code = known === UNSEEN ? this.#look(slot) : known;
      to[i] = code;
      if (code === BAD) {
        run.markBad(i);
      }
    }
  }

  #look(slot: number): number {
    const code = this.#find(this.#texts![slot - 1]);
    this.#found[slot] = code;
    return code;
  }

  /** A dictionary that only grows keeps what was found; in another one, the slots are others. */
  #follow(texts: readonly TextValue[]): Int32Array {
    if (texts !== this.#texts) {
      this.#texts = texts;
      this.#found.fill(UNSEEN);
      this.#found[0] = NONE;
    }
    if (texts.length >= this.#found.length) {
      const larger = new Int32Array(Math.max(texts.length + 1, this.#found.length * 2)).fill(UNSEEN);
      larger.set(this.#found);
      this.#found = larger;
    }
    return this.#found;
  }
}
