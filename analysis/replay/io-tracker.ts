import type { ResourceTable } from '../../src/trace/index.ts';

/**
 * Rebuilds which resources wait for a device to release them. Only an io_end or a new hold says that an I/O is over: a
 * wait for it may end because its waiter gave up, and who started it is often still reported as the holder.
 */
export class IoTracker {
  readonly #inFlight = new Set<number>();

  /** False = it was in flight already. */
  begin(resource: number): boolean {
    const begins = !this.#inFlight.has(resource);
    this.#inFlight.add(resource);
    return begins;
  }

  /** False = it was not in flight. */
  end(resource: number): boolean {
    return this.#inFlight.delete(resource);
  }

  isInFlight(resource: number): boolean {
    return this.#inFlight.has(resource);
  }

  get size(): number {
    return this.#inFlight.size;
  }

  all(): Iterable<number> {
    return this.#inFlight;
  }
}

/**
 * Resources an I/O event is about. Such events may carry an id without a kind, which is then resolved by what had been
 * seen of the id so far; a wait reported late can show only afterwards that the id is a folio under writeback.
 */
export class IoTargets {
  readonly #resources: ResourceTable;
  #handled = 0;

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  of(resource: number): readonly number[] {
    const kind = this.#resources.kind(resource);
    if (kind === 'folio_writeback') {
      return [resource];
    }
    const id = this.#resources.id(resource);
    const writeback = this.#resources.find('folio_writeback', id);
    if (writeback !== undefined) {
      return [resource, writeback];
    }
    return kind === 'io' ? this.#withId(id) : [resource];
  }

  /** Resources that were not known at the last call and that an I/O in flight is about, as is seen only now. */
  *takeLate(io: IoTracker): Generator<number> {
    const first = this.#handled;
    this.#handled = this.#resources.size;
    for (let resource = first; io.size > 0 && resource < this.#handled; resource++) {
      if (this.#isPartOfFlying(resource, io)) {
        yield resource;
      }
    }
  }

  #isPartOfFlying(resource: number, io: IoTracker): boolean {
    const isFlying = (other: number | undefined) => other !== undefined && io.isInFlight(other);
    const id = this.#resources.id(resource);
    return this.#resources.kind(resource) === 'folio_writeback'
      ? this.#withId(id).some(isFlying)
      : isFlying(this.#resources.find('io', id));
  }

  #withId(id: string): number[] {
    const { kinds } = this.#resources;
    const found = Array.from({ length: kinds.size }, (_, kind) => this.#resources.find(kinds.get(kind), id));
    return found.filter((resource) => resource !== undefined);
  }
}
