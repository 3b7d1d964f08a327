import { type EventColumns, pickColumns } from './event-columns.ts';

/**
 * The same events in time order; events of one time keep their order of arrival. A wait that crossed the threshold
 * arrives long after it began, which is why arrival order is not time order.
 */
export function sortColumns(columns: EventColumns): EventColumns {
  const { tsNs, length } = columns;
  return isInOrder(tsNs, length) ? columns : pickColumns(columns, findOrder(tsNs, length));
}

function isInOrder(tsNs: Float64Array, length: number): boolean {
  for (let i = 1; i < length; i++) {
    if (tsNs[i - 1]! > tsNs[i]!) {
      return false;
    }
  }
  return true;
}

/**
 * Positions in time order. Most events arrive in order, so only the stragglers are sorted, and merged with the rest. A
 * lone event ahead of its time is a straggler too, or all that follow it would be.
 */
function findOrder(tsNs: Float64Array, length: number): Uint32Array {
  const positions = new Uint32Array(length);
  const regulars = parkStragglers(tsNs, positions);
  const order = new Uint32Array(length);
  sortRange(tsNs, positions, order, regulars);
  mergeRuns(tsNs, positions, 0, regulars, length, order);
  return order;
}

/** Fills `positions` with those in order from the start and the stragglers from the end; returns where these begin. */
function parkStragglers(tsNs: Float64Array, positions: Uint32Array): number {
  let regulars = 0;
  let end = positions.length;
  for (let i = 0; i < positions.length; i++) {
    const at = tsNs[i]!;
    if (regulars > 0 && at < tsNs[positions[regulars - 1]!]!) {
      if (regulars > 1 && at < tsNs[positions[regulars - 2]!]!) {
        positions[--end] = i;
        continue;
      }
      positions[--end] = positions[--regulars]!;
    }
    positions[regulars++] = i;
  }
  return regulars;
}

/** Sorts `positions` from `start` on. By merging: the built-in sort calls back at every step and takes several times as long. */
function sortRange(tsNs: Float64Array, positions: Uint32Array, spare: Uint32Array, start: number): void {
  const { length } = positions;
  let [from, to] = [positions, spare];
  for (let width = 1; width < length - start; width *= 2) {
    for (let at = start; at < length; at += 2 * width) {
      mergeRuns(tsNs, from, at, Math.min(at + width, length), Math.min(at + 2 * width, length), to);
    }
    [from, to] = [to, from];
  }
  if (from !== positions) {
    positions.set(from.subarray(start), start);
  }
}

/** Merges two sorted runs, [start, middle) and [middle, end) of `from`, into the same range of `to`. */
function mergeRuns(
  tsNs: Float64Array,
  from: Uint32Array,
  start: number,
  middle: number,
  end: number,
  to: Uint32Array,
): void {
  let left = start;
  let right = middle;
  for (let out = start; out < end; out++) {
    const a = from[left]!;
    const b = from[right]!;
    const takesLeft = left < middle && (right >= end || (tsNs[a]! - tsNs[b]! || a - b) < 0);
    to[out] = takesLeft ? a : b;
    takesLeft ? left++ : right++;
  }
}
