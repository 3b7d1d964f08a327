/** Columns that grow on demand. */

type Column = Int32Array | Float64Array | Uint8Array | Uint32Array;

const FIRST_LENGTH = 64;

/** The column itself if it has `length` rows, else a longer one with the same contents, filled up with `fill`. */
export function grown<T extends Column>(column: T, length: number, fill = 0): T {
  if (column.length >= length) {
    return column;
  }
  const longer = new (column.constructor as new (length: number) => T)(
    Math.max(FIRST_LENGTH, length, column.length * 2),
  );
  longer.set(column);
  if (fill !== 0) {
    longer.fill(fill, column.length);
  }
  return longer;
}

/** Which of two positions with the same value comes first: negative = the first one. */
export type TieOrder = (a: number, b: number) => number;

/** Positions of the values above 0, largest first; at most `most`, 0 = all. */
export function largest(values: Float64Array, most: number, tie: TieOrder = (a, b) => a - b): number[] {
  const order = (a: number, b: number) => values[b]! - values[a]! || tie(a, b);
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > 0) {
      keep(found, i, most, order);
    }
  }
  return most === 0 ? found.sort(order) : found;
}

function keep(found: number[], i: number, most: number, order: TieOrder): void {
  if (most === 0) {
    found.push(i);
  } else if (found.length < most || order(i, found.at(-1)!) < 0) {
    let at = found.length;
    while (at > 0 && order(i, found[at - 1]!) < 0) {
      at--;
    }
    found.splice(at, 0, i);
    found.length = Math.min(found.length, most);
  }
}
