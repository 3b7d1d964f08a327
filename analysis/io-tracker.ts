import { NONE, type ResourceTable } from '../src/trace/index.ts';

/** Rebuilds which resources wait for a device to release them. */
export class IoTracker {
  /** Resource → index of the last event that suggests its I/O is over although no io_end was seen; NONE without one. */
  readonly #doubtAt = new Map<number, number>();

  begin(resource: number): void {
    this.#doubtAt.set(resource, NONE);
  }

  end(resource: number): void {
    this.#doubtAt.delete(resource);
  }

  /** A wait for the resource ended: either its waiter gave up, or the I/O is done and io_end was not recorded. */
  doubt(resource: number, at: number): void {
    if (this.#doubtAt.has(resource)) {
      this.#doubtAt.set(resource, at);
    }
  }

  /**
   * Whether the resource is up to a device.
   *
   * @param namedAt index of the event that named a holder for it; the holder counts only if it was named after a doubt,
   *   since the task that started an I/O is often still reported as the holder
   */
  isInFlight(resource: number, namedAt: number): boolean {
    const doubtAt = this.#doubtAt.get(resource);
    return doubtAt !== undefined && (doubtAt === NONE || namedAt < doubtAt);
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
