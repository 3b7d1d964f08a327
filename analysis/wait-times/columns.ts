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

/** Positions of the largest values above 0, largest first, equal ones in their order; at most `most`, 0 = all. */
export function largest(values: Float64Array, most: number): number[] {
  const found: number[] = [];
  if (most === 0) {
    for (let i = 0; i < values.length; i++) {
      if (values[i]! > 0) {
        found.push(i);
      }
    }
    return found.sort((a, b) => values[b]! - values[a]! || a - b);
  }
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > 0 && (found.length < most || values[i]! > values[found.at(-1)!]!)) {
      insertSorted(found, i, values);
      found.length = Math.min(found.length, most);
    }
  }
  return found;
}

function insertSorted(found: number[], i: number, values: Float64Array): void {
  let at = found.length;
  while (at > 0 && values[found[at - 1]!]! < values[i]!) {
    at--;
  }
  found.splice(at, 0, i);
}
