import { StringTable } from './string-table.ts';

/**
 * Interned resources. An entry is (kind, id); the id is text because kernel addresses do not fit a JS number. The same
 * address used again for something else is the same entry: generations are the analysis' business, since only the
 * order of events tells them apart.
 */
export class ResourceTable {
  readonly kinds = new StringTable();
  readonly #byKey = new Map<string, number>();
  readonly #kinds: number[] = [];
  readonly #ids: string[] = [];
  readonly #labels = new Map<number, string>();
  #relabelled = new Set<number>();
  #labelChanges = 0;

  get size(): number {
    return this.#ids.length;
  }

  intern(kind: string, id: string): number {
    const key = `${kind}\0${id}`;
    let index = this.#byKey.get(key);
    if (index === undefined) {
      index = this.#ids.length;
      this.#kinds.push(this.kinds.intern(kind));
      this.#ids.push(id);
      this.#byKey.set(key, index);
    }
    return index;
  }

  find(kind: string, id: string): number | undefined {
    return this.#byKey.get(`${kind}\0${id}`);
  }

  kind(resource: number): string {
    return this.kinds.get(this.#kinds[resource]!);
  }

  id(resource: number): string {
    return this.#ids[resource]!;
  }

  /** What the resource is in words ("page 64 of inode 13 on 254:16"), where the capture knows. */
  label(resource: number): string | undefined {
    return this.#labels.get(resource);
  }

  /** Grows whenever any resource gets another label: what was derived from labels before may be stale. */
  get labelChanges(): number {
    return this.#labelChanges;
  }

  /** The last label wins: an address is used again, and the latest use is the one an open wait is about. */
  setLabel(resource: number, label: string): void {
    if (this.#labels.get(resource) !== label) {
      this.#labels.set(resource, label);
      this.#relabelled.add(resource);
      this.#labelChanges++;
    }
  }

  /** Resources below `before` whose label has changed since the call before: what a sink has written of them is stale. */
  takeRelabelled(before: number): number[] {
    const stale = Array.from(this.#relabelled).filter((resource) => resource < before);
    this.#relabelled = new Set();
    return stale;
  }
}
