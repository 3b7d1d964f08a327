import type { HoldColumns, Timeline, WaitColumns } from '../../../analysis/timeline/timeline.ts';
import { partitionPoint } from '../../trace/partition-point.ts';
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
 * An arrow for each wait whose blocker is a task with a slice at that time: its hold of the resource or, where nobody saw it
 * taking it, its own wait. A wait of no time has none: readers see what it leads to before it.
 */
export function* findArrows({ waits, holds }: Timeline, placed: Placed): Generator<Arrow> {
  const held = new RowIndex(holds, (i) => `${holds.lane[i]} ${holds.resource[i]}`);
  const waiting = new RowIndex(waits, (i) => String(waits.lane[i]));
  for (let i = 0; i < waits.lane.length; i++) {
    const blocker = waits.blocker[i]!;
    const fromTrack = placed.waits[i]!;
    const isInstant = waits.durationNs[i] === 0;
    if (blocker < 0 || fromTrack === NO_TRACK || isInstant) {
      continue;
    }
    const hold = held.findOverlap(`${blocker} ${waits.resource[i]}`, waits, i);
    const wait = hold === undefined ? waiting.findOverlap(String(blocker), waits, i) : undefined;
    const toTrack =
      hold !== undefined
        ? placed.holds[hold]!
        : wait !== undefined && wait !== i
          ? placed.waits[wait]!
          : NO_TRACK;
    if (toTrack !== NO_TRACK) {
      const begin = hold === undefined ? waits.beginNs[wait!]! : holds.beginNs[hold]!;
      yield { wait: i, fromTrack, toTrack, atNs: Math.max(begin, waits.beginNs[i]!) };
    }
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
