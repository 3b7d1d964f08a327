import type { Timeline } from '../../../analysis/timeline/timeline.ts';

/** Slices of one viewer's line, which it draws as nested wherever they touch: so that they must not. */
export interface Track {
  /** Position in the lanes of the timeline. */
  readonly lane: number;
  readonly type: 'waits' | 'holds' | 'inside';
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

/** Gives each task a track for its waits, and below it as many as it takes to draw its holds one beside the other. */
export function placeSpans({ lanes, waits, holds }: Timeline): Placed {
  const tracks: Track[] = [];
  const placed = { waits: new Int32Array(waits.lane.length), holds: new Int32Array(holds.lane.length) };
  let [wait, hold, unplaced] = [0, 0, 0];
  for (let lane = 0; lane < lanes.length; lane++) {
    // A task that only blocks others has a name, too.
    const first = tracks.push({ lane, type: 'waits', level: 0 }) - 1;
    const waitLevels = new Levels((level) =>
      level === 0 ? first : tracks.push({ lane, type: 'waits', level }) - 1,
    );
    for (; waits.lane[wait] === lane; wait++) {
      placed.waits[wait] = waitLevels.place(waits.beginNs[wait]!, waits.durationNs[wait]!);
    }
    const holdLevels = new Levels((level) => tracks.push({ lane, type: 'holds', level }) - 1);
    for (; holds.lane[hold] === lane; hold++) {
      placed.holds[hold] = holdLevels.place(holds.beginNs[hold]!, holds.durationNs[hold]!);
    }
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

  place(beginNs: number, durationNs: number): number {
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
