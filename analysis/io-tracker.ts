import type { ResourceTable } from '../src/trace/index.ts';

/**
 * Rebuilds which resources wait for a device to release them. Only an io_end or a new hold says that an I/O is over: a
 * wait for it may end because its waiter gave up, and who started it is often still reported as the holder.
 */
export class IoTracker {
  readonly #inFlight = new Set<number>();

  begin(resource: number): void {
    this.#inFlight.add(resource);
  }

  end(resource: number): void {
    this.#inFlight.delete(resource);
  }

  isInFlight(resource: number): boolean {
    return this.#inFlight.has(resource);
  }
}

/**
 * Resources an I/O event is about. Such events may carry an id without a kind, which is then resolved by what had been
 * seen of the id so far; a wait reported late can show only afterwards that the id is a folio under writeback.
 */
export class IoTargets {
  readonly #resources: ResourceTable;
  readonly #cache = new Map<number, readonly number[]>();

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  of(resource: number): readonly number[] {
    let targets = this.#cache.get(resource);
    if (targets === undefined) {
      targets = this.#find(resource);
      this.#cache.set(resource, targets);
    }
    return targets;
  }

  #find(resource: number): number[] {
    const id = this.#resources.id(resource);
    const writeback = this.#resources.find('folio_writeback', id);
    if (writeback !== undefined) {
      return writeback === resource ? [resource] : [resource, writeback];
    }
    return this.#resources.kind(resource) === 'io' ? this.#withId(id) : [resource];
  }

  #withId(id: string): number[] {
    const { kinds } = this.#resources;
    const found = Array.from({ length: kinds.size }, (_, kind) => this.#resources.find(kinds.get(kind), id));
    return found.filter((resource) => resource !== undefined);
  }
}
