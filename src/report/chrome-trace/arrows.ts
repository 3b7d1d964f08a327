import type { HoldColumns, Timeline, WaitColumns } from '../../../analysis/timeline/timeline.ts';
import { partitionPoint } from '../../trace/partition-point.ts';
import { blockersOf } from '../wait-blockers.ts';
import { NO_TRACK, type Placed } from './tracks.ts';

/** From a wait to what its blocker did meanwhile: both ends lie inside a slice at the same moment. */
export interface Arrow {
  /** Row of the wait. */
  readonly wait: number;
  readonly fromTrack: number;
  readonly toTrack: number;
  readonly atNs: number;
}

/**
 * Arrows from each wait to its blockers that are tasks with a slice at that time: their hold of the resource or, where nobody
 * saw it taking it, their own wait. A wait of no time has none: readers see what it leads to before it.
 */
export function* findArrows(timeline: Timeline, placed: Placed): Generator<Arrow> {
  const { waits } = timeline;
  const slices = new BlockerSlices(timeline, placed);
  for (let i = 0; i < waits.lane.length; i++) {
    const fromTrack = placed.waits[i]!;
    if (fromTrack === NO_TRACK || waits.durationNs[i] === 0) {
      continue;
    }
    for (const blocker of blockersOf(timeline, i)) {
      const slice = slices.find(blocker, i);
      if (slice !== undefined && slice.track !== NO_TRACK) {
        yield {
          wait: i,
          fromTrack,
          toTrack: slice.track,
          atNs: Math.max(slice.beginNs, waits.beginNs[i]!),
        };
      }
    }
  }
}

class BlockerSlices {
  readonly #timeline: Timeline;
  readonly #placed: Placed;
  readonly #holds: RowIndex;
  readonly #waits: RowIndex;

  constructor(timeline: Timeline, placed: Placed) {
    const { waits, holds } = timeline;
    this.#timeline = timeline;
    this.#placed = placed;
    this.#holds = new RowIndex(holds, (i) => `${holds.lane[i]} ${holds.resource[i]}`);
    this.#waits = new RowIndex(waits, (i) => String(waits.lane[i]));
  }

  /** @param blocker its lane */
  find(blocker: number, wait: number): { readonly track: number; readonly beginNs: number } | undefined {
    const { waits, holds } = this.#timeline;
    const hold = this.#holds.findOverlap(`${blocker} ${waits.resource[wait]}`, waits, wait);
    if (hold !== undefined) {
      return { track: this.#placed.holds[hold]!, beginNs: holds.beginNs[hold]! };
    }
    const own = this.#waits.findOverlap(String(blocker), waits, wait);
    return own === undefined || own === wait
      ? undefined
      : { track: this.#placed.waits[own]!, beginNs: waits.beginNs[own]! };
  }
}

/** Rows of columns by a key, each list in the order of begins. */
class RowIndex {
  readonly #columns: HoldColumns;
  readonly #byKey = new Map<string, number[]>();

  constructor(columns: HoldColumns, toKey: (row: number) => string) {
    this.#columns = columns;
    for (let i = 0; i < columns.lane.length; i++) {
      const key = toKey(i);
      const rows = this.#byKey.get(key);
      rows === undefined ? this.#byKey.set(key, [i]) : rows.push(i);
    }
  }

  /** The last row of the key that begins before the wait ends, if it goes on when the wait has begun. */
  findOverlap(key: string, waits: WaitColumns, wait: number): number | undefined {
    const { beginNs, durationNs } = this.#columns;
    const rows = this.#byKey.get(key) ?? [];
    const fromNs = waits.beginNs[wait]!;
    const untilNs = fromNs + waits.durationNs[wait]!;
    const row = rows[partitionPoint(0, rows.length, (i) => beginNs[rows[i]!]! < untilNs) - 1];
    return row !== undefined && beginNs[row]! + durationNs[row]! > fromNs ? row : undefined;
  }
}
