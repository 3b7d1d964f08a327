import type { Hold } from '../replay/hold-tracker.ts';
import type { HoldEnd } from '../replay/observer.ts';
import type { OrderEdge, Witness } from './order-edges.ts';

/** An order as it was seen while a hold was open. */
export interface Sighting {
  readonly edge: OrderEdge;
  readonly witness: Witness;
}

interface Waiters {
  countWaiters(resource: number): number;
}

interface Doubt {
  readonly tsNs: number;
  readonly sightings: readonly Sighting[];
}

/**
 * Which sightings are sure. A capture that tells waits, and holds only because somebody waited, knows the end of a hold by
 * what comes after it: the waiter that got the lock, after it was woken; the next look at who has what. In between, the
 * holder may long have let go and be about something else. So a sighting is proven by a release that was seen itself: one
 * that is not of the same instant as the end of somebody's wait; or by waiters who wait still.
 */
export class SightingProofs {
  readonly #open = new Map<Hold, Sighting[]>();
  /** By resource: a release at which somebody still waited, until it is known when that one's wait ended. */
  readonly #doubts = new Map<number, Doubt>();
  readonly #tellsMore: (witness: Witness, than: Witness) => boolean;

  /** @param tellsMore whether the one sighting of an order is worth more to a reader than the other */
  constructor(tellsMore: (witness: Witness, than: Witness) => boolean) {
    this.#tellsMore = tellsMore;
  }

  add(hold: Hold, sighting: Sighting): void {
    const known = this.#open.get(hold);
    if (known === undefined) {
      this.#open.set(hold, [sighting]);
    } else if (known.every(({ edge }) => edge !== sighting.edge)) {
      known.push(sighting);
    }
  }

  /** The hold is nobody's any more, and nobody saw how it ended. */
  forget(hold: Hold): void {
    this.#open.delete(hold);
  }

  holdEnded(hold: Hold, tsNs: number, how: HoldEnd, waits: Waiters): void {
    const sightings = this.#open.get(hold);
    if (sightings === undefined) {
      return;
    }
    this.#open.delete(hold);
    if (how === 'displaced') {
      return;
    }
    if (how === 'given-to-device' || waits.countWaiters(hold.resource) === 0) {
      this.#prove(sightings);
      return;
    }
    this.#prove(this.#doubts.get(hold.resource)?.sightings ?? []);
    this.#doubts.set(hold.resource, { tsNs, sightings });
  }

  waitEnded(resource: number, tsNs: number): void {
    const doubt = this.#doubts.size === 0 ? undefined : this.#doubts.get(resource);
    if (doubt !== undefined) {
      this.#doubts.delete(resource);
      this.#prove(doubt.tsNs === tsNs ? [] : doubt.sightings);
    }
  }

  /** Proofs as of now, beside those that edges have: who still waits for what is held shows that it is held. */
  present(waits: Waiters): ReadonlyMap<OrderEdge, Witness> {
    const proofs = new Map<OrderEdge, Witness>();
    const open = Array.from(this.#open, ([hold, sightings]) => ({
      sightings: waits.countWaiters(hold.resource) > 0 ? sightings : [],
    }));
    for (const { sightings } of [...open, ...this.#doubts.values()]) {
      for (const { edge, witness } of sightings) {
        proofs.set(edge, proofs.get(edge) ?? witness);
      }
    }
    return proofs;
  }

  #prove(sightings: readonly Sighting[]): void {
    for (const { edge, witness } of sightings) {
      if (edge.proof === undefined || this.#tellsMore(witness, edge.proof)) {
        edge.proof = witness;
      }
    }
  }
}
