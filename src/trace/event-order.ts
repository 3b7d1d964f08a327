import { concatColumns, type EventColumns, pickColumns, sliceColumns } from './event-columns.ts';
import { partitionPoint } from './partition-point.ts';
import { sortColumns } from './sort-columns.ts';

/** How much is kept back, and what is known of late events already. */
export interface EventOrderOptions {
  /** How many events are kept back for one that belongs between them. */
  readonly windowEvents?: number;
  /** Events that another pass over the same batches found late, to be put in their places. */
  readonly late?: EventColumns;
  /** Told of each batch that was copied and so is not needed any more. */
  readonly onCopied?: (batch: EventColumns) => void;
}

const DEFAULT_WINDOW_EVENTS = 2 ** 20;
/** Of the window: how large the batches are into which a larger stretch of loose ends is cut. */
const BATCHES_PER_WINDOW = 16;

/**
 * Turns batches in order of arrival into batches in time order; events of one time keep their order of arrival. All that
 * come out, one after the other, are what sortColumns() makes of all that went in.
 *
 * Holds a window of events. One that is older than what has left the window is late: it is left out and kept, and a
 * second pass over the same batches, with an EventOrder that is given the late ones, puts each in its place.
 */
export class EventOrder {
  readonly #windowEvents: number;
  readonly #known: EventColumns | undefined;
  #knownTaken = 0;
  readonly #onCopied: (batch: EventColumns) => void;
  /** Each in order in itself. */
  #pending: EventColumns[] = [];
  #pendingEvents = 0;
  #emittedNs = Number.NEGATIVE_INFINITY;
  readonly #late: EventColumns[] = [];
  #lateEvents = 0;

  constructor({ windowEvents = DEFAULT_WINDOW_EVENTS, late, onCopied = () => {} }: EventOrderOptions = {}) {
    this.#windowEvents = windowEvents;
    this.#known = late;
    this.#onCopied = onCopied;
  }

  /** How many events were late in this pass. */
  get lateEvents(): number {
    return this.#lateEvents;
  }

  /** Takes a batch; gives what no event in the window or after it belongs before. */
  add(batch: EventColumns): readonly EventColumns[] {
    const sorted = sortColumns(this.#withoutLate(batch));
    if (sorted !== batch) {
      this.#onCopied(batch);
    }
    if (sorted.length === 0) {
      return [];
    }
    this.#pending.push(sorted);
    this.#pendingEvents += sorted.length;
    return this.#pendingEvents < this.#windowEvents ? [] : this.#emit(this.#windowEvents >> 1);
  }

  /** All the rest, when the last batch was taken. */
  end(): readonly EventColumns[] {
    const rest = this.#emit(0);
    const known = this.#takeKnown(Number.POSITIVE_INFINITY);
    return known.length === 0 ? rest : [...rest, known];
  }

  /** The late events of this pass in time order. */
  takeLate(): EventColumns {
    return sortColumns(concatColumns(this.#late));
  }

  #withoutLate(batch: EventColumns): EventColumns {
    const { tsNs, length } = batch;
    let late = 0;
    for (let i = 0; i < length; i++) {
      late += tsNs[i]! < this.#emittedNs ? 1 : 0;
    }
    if (late === 0) {
      return batch;
    }
    const positions = Uint32Array.from({ length }, (_, i) => i);
    this.#late.push(
      pickColumns(
        batch,
        positions.filter((i) => tsNs[i]! < this.#emittedNs),
      ),
    );
    this.#lateEvents += late;
    return pickColumns(
      batch,
      positions.filter((i) => tsNs[i]! >= this.#emittedNs),
    );
  }

  /** Gives the oldest batches, as long as `keep` events stay. */
  #emit(keep: number): readonly EventColumns[] {
    this.#pending = putInOrder(this.#pending, Math.ceil(this.#windowEvents / BATCHES_PER_WINDOW));
    let count = 0;
    for (const events of this.#pending) {
      if (this.#pendingEvents - events.length < keep) {
        break;
      }
      this.#pendingEvents -= events.length;
      this.#emittedNs = lastNs(events);
      count++;
    }
    return this.#pending.splice(0, count).map((events) => this.#withKnown(events));
  }

  /** Late events come behind those of the same time that were not late: they arrived after them. */
  #withKnown(events: EventColumns): EventColumns {
    const known = this.#takeKnown(lastNs(events));
    return known.length === 0 ? events : sortColumns(concatColumns([events, known]));
  }

  #takeKnown(untilNs: number): EventColumns {
    const from = this.#knownTaken;
    const known = this.#known ?? NO_EVENTS;
    while (this.#knownTaken < known.length && known.tsNs[this.#knownTaken]! < untilNs) {
      this.#knownTaken++;
    }
    return sliceColumns(known, from, this.#knownTaken);
  }
}

const NO_EVENTS = concatColumns([]);

/**
 * The same events in order, of batches that are in order in themselves. What no other batch reaches into stays where it is;
 * only the loose ends, where batches overlap, are sorted together.
 *
 * @param mostEvents of a batch that is made of loose ends
 */
function putInOrder(batches: readonly EventColumns[], mostEvents: number): EventColumns[] {
  const ordered: EventColumns[] = [];
  let loose: EventColumns[] = [];
  const addLoose = (events: EventColumns) => {
    if (events.length > 0) {
      loose.push(events);
    }
  };
  const endLoose = () => {
    if (loose.length > 0) {
      addCut(sortColumns(concatColumns(loose)), mostEvents, ordered);
      loose = [];
    }
  };
  const nextNs = findNextNs(batches);
  let beforeNs = Number.NEGATIVE_INFINITY;
  for (const [i, batch] of batches.entries()) {
    // Events of the same time as one that came before belong behind it, and those of one to come before that.
    const start = countBelow(batch.tsNs, beforeNs, false);
    const end = Math.max(start, countBelow(batch.tsNs, nextNs[i + 1]!, true));
    addLoose(part(batch, 0, start));
    if (end > start) {
      endLoose();
      ordered.push(part(batch, start, end));
    }
    addLoose(part(batch, end, batch.length));
    beforeNs = Math.max(beforeNs, lastNs(batch));
  }
  endLoose();
  return ordered;
}

/** By position in the list: the earliest time of that batch and all after it. */
function findNextNs(batches: readonly EventColumns[]): Float64Array {
  const nextNs = new Float64Array(batches.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let i = batches.length - 1; i >= 0; i--) {
    nextNs[i] = Math.min(nextNs[i + 1]!, batches[i]!.tsNs[0]!);
  }
  return nextNs;
}

/** How many of the times, which are in order, are below a limit, or at it if that counts. */
function countBelow(times: Float64Array, limitNs: number, withEqual: boolean): number {
  return partitionPoint(0, times.length, (i) => times[i]! < limitNs || (withEqual && times[i] === limitNs));
}

function addCut(events: EventColumns, mostEvents: number, to: EventColumns[]): void {
  for (let from = 0; from < events.length; from += mostEvents) {
    to.push(part(events, from, Math.min(events.length, from + mostEvents)));
  }
}

/** The batch itself if it is all of it. */
function part(batch: EventColumns, from: number, to: number): EventColumns {
  return from === 0 && to === batch.length ? batch : sliceColumns(batch, from, to);
}

function lastNs({ tsNs, length }: EventColumns): number {
  return tsNs[length - 1]!;
}
