/**
 * Where a row of positions changes from what comes before something to what does not: the first position from `from` on
 * that does not, or `to`. Asks about O(log n) of them.
 */
export function partitionPoint(from: number, to: number, isBefore: (position: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
