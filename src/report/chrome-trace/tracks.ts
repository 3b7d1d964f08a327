import type { HoldColumns, Timeline, TimelineLane } from '../../../analysis/timeline/timeline.ts';

/** Slices of one viewer's line, which it draws as nested wherever they touch: so that they must not. */
export interface Track {
  /** Position in the lanes of the timeline. */
  readonly lane: number;
  readonly type: 'waits' | 'inside' | 'holds';
  /** 0 for the first of its type; further ones have what overlaps. */
  readonly level: number;
}

/** More lines for one task are read by nobody; a writer may hold the writeback of thousands of pages at a time. */
const MOST_LEVELS = 24;
/** Has no track. */
export const NO_TRACK = -1;

export interface Placed {
  readonly tracks: readonly Track[];
  /** Position in `tracks` of each row of the columns, or NO_TRACK. */
  readonly waits: Int32Array;
  readonly holds: Int32Array;
  /** Rows that have none. */
  readonly unplaced: number;
}

/**
 * Gives each task a track for its waits, below it one for the allocation that it is inside of, and as many as it takes to
 * draw its holds one beside the other.
 *
 * @param isInside whether a lane's task is inside of an allocation
 */
export function placeSpans(
  { lanes, waits, holds }: Timeline,
  isInside: (lane: TimelineLane) => boolean,
): Placed {
  const tracks: Track[] = [];
  const placed = { waits: new Int32Array(waits.lane.length), holds: new Int32Array(holds.lane.length) };
  const open = (lane: number, type: Track['type'], level: number) => tracks.push({ lane, type, level }) - 1;
  const next = { wait: 0, hold: 0 };
  let unplaced = 0;
  for (const [lane, task] of lanes.entries()) {
    // A task that only blocks others has a name, too.
    const first = open(lane, 'waits', 0);
    const waitLevels = new Levels((level) => (level === 0 ? first : open(lane, 'waits', level)));
    next.wait = waitLevels.placeLane(lane, waits, next.wait, placed.waits);
    if (isInside(task)) {
      open(lane, 'inside', 0);
    }
    const holdLevels = new Levels((level) => open(lane, 'holds', level));
    next.hold = holdLevels.placeLane(lane, holds, next.hold, placed.holds);
    unplaced += waitLevels.unplaced + holdLevels.unplaced;
  }
  return { tracks, ...placed, unplaced };
}

/** Puts spans that come in the order of their begins on the first track that has room. */
class Levels {
  unplaced = 0;
  readonly #endsNs: number[] = [];
  readonly #tracks: number[] = [];
  readonly #open: (level: number) => number;

  constructor(open: (level: number) => number) {
    this.#open = open;
  }

  /** @returns the first row behind those of the lane */
  placeLane(lane: number, columns: HoldColumns, from: number, into: Int32Array): number {
    let row = from;
    for (; columns.lane[row] === lane; row++) {
      into[row] = this.#place(columns.beginNs[row]!, columns.durationNs[row]!);
    }
    return row;
  }

  #place(beginNs: number, durationNs: number): number {
    const free = this.#endsNs.findIndex((endNs) => endNs <= beginNs);
    const level = free < 0 ? this.#endsNs.length : free;
    if (level >= MOST_LEVELS) {
      this.unplaced++;
      return NO_TRACK;
    }
    this.#tracks[level] ??= this.#open(level);
    this.#endsNs[level] = beginNs + durationNs;
    return this.#tracks[level]!;
  }
}
