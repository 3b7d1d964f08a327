/** One order of two classes that was seen, in one of its variants, with the best sighting of it. */
export interface OrderEdge {
  readonly held: number;
  readonly wanted: number;
  /** One of Relation, and whether either side was for reading only. */
  readonly relation: number;
  readonly heldRead: boolean;
  readonly wantedRead: boolean;
  /** How often it was seen. */
  count: number;
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

const RELATIONS = 5;
const MAX_CLASSES = 2 ** 20;
/** A capture of locks that keep no order at all must not fill the memory. */
const MAX_EDGES = 65_536;

/** Every distinct order, in the order of first sight. Grows with distinct orders, never with how often they are seen. */
export class OrderEdges {
  /** Sightings of further orders when there were too many. */
  leftOut = 0;
  readonly #byKey = new Map<number, OrderEdge>();

  get size(): number {
    return this.#byKey.size;
  }

  all(): Iterable<OrderEdge> {
    return this.#byKey.values();
  }

  /** The order, counted once more; undefined if it is not known yet. */
  again(key: number): OrderEdge | undefined {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.count++;
    }
    return known;
  }

  /** undefined = there is no room for it. */
  add(key: number, gates: readonly number[], witness: Witness): OrderEdge | undefined {
    if (this.#byKey.size >= MAX_EDGES) {
      this.leftOut++;
      return undefined;
    }
    const variant = key % (RELATIONS * 4);
    const pair = (key - variant) / (RELATIONS * 4);
    const edge: OrderEdge = {
      held: Math.floor(pair / MAX_CLASSES),
      wanted: pair % MAX_CLASSES,
      relation: variant >> 2,
      heldRead: (variant & 2) !== 0,
      wantedRead: (variant & 1) !== 0,
      count: 1,
      gates,
      witness,
      proof: undefined,
    };
    this.#byKey.set(key, edge);
    return edge;
  }
}

/** An order and its variant as one number. */
export function edgeKey(
  held: number,
  wanted: number,
  relation: number,
  heldRead: boolean,
  wantedRead: boolean,
): number {
  const variant = relation * 4 + (heldRead ? 2 : 0) + (wantedRead ? 1 : 0);
  return (held * MAX_CLASSES + wanted) * (RELATIONS * 4) + variant;
}
