import { concatColumns, type EventColumns, pickColumns, sliceColumns } from './event-columns.ts';
import { sortColumns } from './sort-columns.ts';

export interface EventOrderOptions {
  /** How many events are kept back for one that belongs between them. */
  readonly windowEvents?: number;
  /** Events that another pass over the same batches found late, to be put in their places. */
  readonly late?: EventColumns;
}

const DEFAULT_WINDOW_EVENTS = 2 ** 20;
/** Of the window: how large the batches are that are made anew. */
const BATCHES_PER_WINDOW = 16;

/** A batch with what tells whether it must be touched at all. */
interface Block {
  readonly events: EventColumns;
  readonly sorted: boolean;
  readonly minNs: number;
  readonly maxNs: number;
}

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
  #pending: Block[] = [];
  #pendingEvents = 0;
  #emittedNs = Number.NEGATIVE_INFINITY;
  readonly #late: EventColumns[] = [];
  #lateEvents = 0;

  constructor({ windowEvents = DEFAULT_WINDOW_EVENTS, late }: EventOrderOptions = {}) {
    this.#windowEvents = windowEvents;
    this.#known = late;
  }

  /** How many events were late in this pass. */
  get lateEvents(): number {
    return this.#lateEvents;
  }

  /** Takes a batch; gives what no event in the window or after it belongs before. */
  add(batch: EventColumns): readonly EventColumns[] {
    const punctual = this.#withoutLate(batch);
    if (punctual.length === 0) {
      return [];
    }
    this.#pending.push(describeBlock(punctual));
    this.#pendingEvents += punctual.length;
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
    this.#pending = this.#putInOrder();
    let count = 0;
    for (const { events, maxNs } of this.#pending) {
      if (this.#pendingEvents - events.length < keep) {
        break;
      }
      this.#pendingEvents -= events.length;
      this.#emittedNs = maxNs;
      count++;
    }
    return this.#pending.splice(0, count).map((block) => this.#withKnown(block));
  }

  /** Batches that are in order and overlap no other stay as they are; the others are sorted together. */
  #putInOrder(): Block[] {
    const ordered: Block[] = [];
    for (const group of splitGroups(this.#pending)) {
      if (group.length === 1 && group[0]!.sorted) {
        ordered.push(group[0]!);
      } else {
        this.#addSorted(sortColumns(concatColumns(group.map(({ events }) => events))), ordered);
      }
    }
    return ordered;
  }

  #addSorted(events: EventColumns, to: Block[]): void {
    const { length } = events;
    const size = Math.ceil(this.#windowEvents / BATCHES_PER_WINDOW);
    for (let from = 0; from < length; from += size) {
      to.push(describeBlock(sliceColumns(events, from, Math.min(length, from + size))));
    }
  }

  /** Late events come behind those of the same time that were not late: they arrived after them. */
  #withKnown({ events, maxNs }: Block): EventColumns {
    const known = this.#takeKnown(maxNs);
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

function describeBlock(events: EventColumns): Block {
  const { tsNs, length } = events;
  let minNs = tsNs[0]!;
  let maxNs = minNs;
  let sorted = true;
  for (let i = 1; i < length; i++) {
    const at = tsNs[i]!;
    if (at >= maxNs) {
      maxNs = at;
    } else {
      sorted = false;
      minNs = Math.min(minNs, at);
    }
  }
  return { events, sorted, minNs, maxNs };
}

/** Runs of blocks that share a stretch of time: no event of one belongs before any of the run before it. */
function* splitGroups(blocks: readonly Block[]): Generator<Block[]> {
  const minAfterNs = new Float64Array(blocks.length + 1).fill(Number.POSITIVE_INFINITY);
  for (let i = blocks.length - 1; i >= 0; i--) {
    minAfterNs[i] = Math.min(minAfterNs[i + 1]!, blocks[i]!.minNs);
  }
  let group: Block[] = [];
  let maxNs = Number.NEGATIVE_INFINITY;
  for (const [i, block] of blocks.entries()) {
    group.push(block);
    maxNs = Math.max(maxNs, block.maxNs);
    if (maxNs <= minAfterNs[i + 1]!) {
      yield group;
      group = [];
    }
  }
}
