/** One order of two classes that was seen, in one of its variants, with the best sighting of it. */
export interface OrderEdge {
  readonly held: number;
  readonly wanted: number;
  /** One of Relation, and whether either side was for reading only. */
  readonly relation: number;
  readonly heldRead: boolean;
  readonly wantedRead: boolean;
  /** Locks held alone at every sighting, beside the two: if all edges of a circle have one of these in common, it cannot close. */
  gates: readonly number[];
  witness: Witness;
  /** A sighting of which it is sure that the one was still held when the other was wanted. */
  proof: Witness | undefined;
}

/** Who was seen taking the two in this order. */
export interface Witness {
  readonly tid: number;
  readonly tsNs: number;
  /** NONE: the held side is reclaim that only the stack shows. */
  readonly heldResource: number;
  readonly heldSinceNs: number;
  readonly heldStack: number;
  /** NONE: what an allocation may wait for, and nobody can say which. */
  readonly wantedResource: number;
  readonly stack: number;
  /** Position in ALLOC_FUNCTIONS, if an allocation is what may wait; else NONE. */
  readonly fn: number;
}

/** Instead of a position: the order is known, and its best sighting, too. */
export const SETTLED = -2;

const VARIANTS = 20;
/** A capture of locks that keep no order at all must not fill the memory. */
const MAX_EDGES = 32_768;
/** Of these, between locks that are known by their address only: they prove least, and there can be most of them. */
const MAX_OF_INSTANCES = 8192;
const FIRST_SLOTS = 1024;
const MOST_COUNTED = 2 ** 31 - 1;

/** Fields of a slot: both halves of the key; how often it was seen, below 0 = settled; position in #edges plus one, 0 = free. */
const HELD = 0;
const TAIL = 1;
const COUNT = 2;
const AT = 3;
const FIELDS = 4;

/**
 * Every distinct order, in the order of first sight. Grows with distinct orders, never with how often they are seen. A hash
 * table of its own, a slot in one place: it is asked whenever something is taken while something else is held.
 */
export class OrderEdges {
  /** Sightings of further orders when there were too many. */
  leftOut = 0;
  readonly #edges: OrderEdge[] = [];
  #ofInstances = 0;
  #slots = new Int32Array(FIRST_SLOTS * FIELDS);

  all(): readonly OrderEdge[] {
    return this.#edges;
  }

  /**
   * Counts one more sighting of an order.
   *
   * @param variant see variantOf()
   * @returns its position; SETTLED if counting was all there is to do; NONE if the order is not known
   */
  countAgain(held: number, wanted: number, variant: number): number {
    const slots = this.#slots;
    const slot = this.#slot(held, wanted * VARIANTS + variant);
    const count = slots[slot + COUNT]!;
    if (count < 0) {
      slots[slot + COUNT] = Math.max(count - 1, -MOST_COUNTED);
      return SETTLED;
    }
    if (count > 0) {
      slots[slot + COUNT] = Math.min(count + 1, MOST_COUNTED);
    }
    return slots[slot + AT]! - 1;
  }

  /**
   * The short way for what is mostly asked: counts the sighting if that is all there is to do, and changes nothing otherwise.
   *
   * @returns as countAgain()
   */
  countSettled(held: number, wanted: number, variant: number): number {
    const slots = this.#slots;
    const slot = this.#slot(held, wanted * VARIANTS + variant);
    const count = slots[slot + COUNT]!;
    if (count >= 0) {
      return slots[slot + AT]! - 1;
    }
    slots[slot + COUNT] = Math.max(count - 1, -MOST_COUNTED);
    return SETTLED;
  }

  get(position: number): OrderEdge {
    return this.#edges[position]!;
  }

  /** How often it was seen. */
  countOf(edge: OrderEdge): number {
    return Math.abs(this.#slots[this.#slotOf(edge) + COUNT]!);
  }

  /** From now on, sightings are only counted. */
  settle(edge: OrderEdge): void {
    this.#slots[this.#slotOf(edge) + COUNT] = -this.countOf(edge);
  }

  /** Whether there is room for another order, of locks known by their address only or of classes. */
  hasRoom(ofInstances: boolean): boolean {
    return this.#edges.length < MAX_EDGES && !(ofInstances && this.#ofInstances >= MAX_OF_INSTANCES);
  }

  /** Of an order that is not in it, and while there is room. */
  add(
    held: number,
    wanted: number,
    variant: number,
    ofInstances: boolean,
    gates: readonly number[],
    witness: Witness,
  ): OrderEdge {
    const edge: OrderEdge = {
      held,
      wanted,
      relation: variant >> 2,
      heldRead: (variant & 2) !== 0,
      wantedRead: (variant & 1) !== 0,
      gates,
      witness,
      proof: undefined,
    };
    this.#ofInstances += ofInstances ? 1 : 0;
    this.#edges.push(edge);
    this.#put(edge, 1, this.#edges.length);
    if (this.#edges.length * 2 * FIELDS > this.#slots.length) {
      this.#grow();
    }
    return edge;
  }

  /** Where the key is, or where it would be put. */
  #slot(held: number, tail: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = (Math.imul(held, 0x9e3779b1) ^ Math.imul(tail, 0x85ebca6b)) >>> 7;
    let slot = (hash * FIELDS) & mask;
    while (slots[slot + AT] !== 0 && (slots[slot + HELD] !== held || slots[slot + TAIL] !== tail)) {
      slot = (slot + FIELDS) & mask;
    }
    return slot;
  }

  #slotOf({ held, wanted, relation, heldRead, wantedRead }: OrderEdge): number {
    return this.#slot(held, wanted * VARIANTS + variantOf(relation, heldRead, wantedRead));
  }

  #put(edge: OrderEdge, count: number, at: number): void {
    const slot = this.#slotOf(edge);
    const { held, wanted, relation, heldRead, wantedRead } = edge;
    this.#slots[slot + HELD] = held;
    this.#slots[slot + TAIL] = wanted * VARIANTS + variantOf(relation, heldRead, wantedRead);
    this.#slots[slot + COUNT] = count;
    this.#slots[slot + AT] = at;
  }

  #grow(): void {
    const counts = this.#edges.map((edge) => this.#slots[this.#slotOf(edge) + COUNT]!);
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#edges.forEach((edge, i) => {
      this.#put(edge, counts[i]!, i + 1);
    });
  }
}

/** What else tells orders of two classes apart, as a number. */
export function variantOf(relation: number, heldRead: boolean, wantedRead: boolean): number {
  return relation * 4 + (heldRead ? 2 : 0) + (wantedRead ? 1 : 0);
}
