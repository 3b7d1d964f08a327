import { NONE } from '../trace/index.ts';
import type { TextValue } from './arrow-batches.ts';
import { slotAt, type TextColumn, toSlot } from './arrow-decode.ts';
import { maskOf, type RowRun } from './arrow-numbers.ts';

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
    for (let i = 0; i < to.length; i++) {
      i = lookUp(column, found, run.from, i, to);
      if (i < to.length) {
        to[i] = this.#settle(slotAt(column, run.from + i), run, i);
      }
    }
  }

  /** What is no code yet, or never will be. */
  #settle(slot: number, run: RowRun, row: number): number {
    const isText = slot > 0 && slot <= this.#texts!.length;
    const code = isText ? this.#look(slot) : BAD;
    if (code === BAD) {
      run.markBad(row);
    }
    return code;
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

/**
 * Codes of the rows from `row` on, up to one that is none; returns that one. A function of its own with nothing but
 * arrays takes half of the time of the same loop with calls in it.
 */
function lookUp(
  { indexes, nulls, texts: { length: last } }: TextColumn,
  found: Int32Array,
  from: number,
  row: number,
  to: Int8Array | Int32Array,
): number {
  for (let i = row; i < to.length; i++) {
    const slot = toSlot(indexes[from + i]!, maskOf(nulls, from + i));
    const code = slot >= 0 && slot <= last ? found[slot]! : BAD;
    if (code < NONE) {
      return i;
    }
    to[i] = code;
  }
  return to.length;
}
