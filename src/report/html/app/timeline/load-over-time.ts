import { WAIT_LOOKS } from './looks.ts';
import type { SpanTable } from './span-table.ts';

export interface Load {
  /** Tasks that waited, by column: the mean over the column's time. */
  readonly all: Float64Array;
  /** Of these, in a cycle or behind one. */
  readonly stuck: Float64Array;
  readonly most: number;
}

const BEHIND = WAIT_LOOKS.indexOf('behind');

/** How many waits there were at a time, over the whole capture: O(waits + columns). */
export function sumLoad({ beginNs, endNs, look }: SpanTable, captureNs: number, columns: number): Load {
  const all = new LoadColumns(captureNs, columns);
  const stuck = new LoadColumns(captureNs, columns);
  for (let position = 0; position < beginNs.length; position++) {
    all.add(beginNs[position]!, endNs[position]!);
    if (look[position]! >= BEHIND) {
      stuck.add(beginNs[position]!, endNs[position]!);
    }
  }
  const sums = all.finish();
  return { all: sums, stuck: stuck.finish(), most: sums.reduce((most, one) => Math.max(most, one), 0) };
}

/** A span changes the first and last of its columns; the ones between are filled by summing up once. */
class LoadColumns {
  readonly #columnNs: number;
  readonly #part: Float64Array;
  readonly #change: Float64Array;

  constructor(captureNs: number, columns: number) {
    this.#columnNs = Math.max(1, captureNs) / columns;
    this.#part = new Float64Array(columns);
    this.#change = new Float64Array(columns + 1);
  }

  add(beginNs: number, endNs: number): void {
    const last = this.#part.length - 1;
    const begin = Math.min(beginNs / this.#columnNs, last + 1);
    const end = Math.min(endNs / this.#columnNs, last + 1);
    const first = Math.min(Math.floor(begin), last);
    const final = Math.min(Math.floor(end), last);
    if (first === final) {
      this.#part[first]! += end - begin;
      return;
    }
    this.#part[first]! += first + 1 - begin;
    this.#part[final]! += end - final;
    this.#change[first + 1]! += 1;
    this.#change[final]! -= 1;
  }

  finish(): Float64Array {
    let whole = 0;
    return this.#part.map((part, column) => {
      whole += this.#change[column]!;
      return part + whole;
    });
  }
}
