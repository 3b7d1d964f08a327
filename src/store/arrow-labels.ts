import { NONE, type ResourceTable } from '../trace/index.ts';
import type { TextValue } from './arrow-batches.ts';
import { slotAt, type TextColumn, toSlot } from './arrow-decode.ts';
import { maskOf } from './arrow-numbers.ts';

/** Gives resources their labels; most events only repeat the one that their resource has. */
export class ArrowLabels {
  readonly #resources: ResourceTable;
  #texts: readonly TextValue[] | undefined;
  /** By resource and 1: slot of the label that it has; 0 = none. */
  #slots = new Int32Array(64);

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  /** Labels of rows from `from` on, one for each of these resources. */
  setAll(column: TextColumn, from: number, resources: Int32Array): void {
    this.follow(column);
    for (let i = 0; i < resources.length; i++) {
      i = findChange(column, this.#slots, from, i, resources);
      if (i < resources.length) {
        this.#change(resources[i]!, slotAt(column, from + i));
      }
    }
  }

  /** To be called for each batch before set(), when all its resources are known. */
  follow({ texts }: TextColumn): void {
    if (texts !== this.#texts) {
      this.#texts = texts;
      this.#slots.fill(0);
    }
    const needed = this.#resources.size + 1;
    if (needed > this.#slots.length) {
      const larger = new Int32Array(needed * 2);
      larger.set(this.#slots);
      this.#slots = larger;
    }
  }

  set(resource: number, slot: number): void {
    if (this.#slots[resource + 1] !== slot) {
      this.#change(resource, slot);
    }
  }

  #change(resource: number, slot: number): void {
    const label = this.#texts![slot - 1];
    if (resource !== NONE && typeof label === 'string') {
      this.#resources.setLabel(resource, label);
      this.#slots[resource + 1] = slot;
    }
  }
}

/** The first row from `row` on whose label is not the one that its resource has. See lookUp(). */
function findChange(
  { indexes, nulls }: TextColumn,
  slots: Int32Array,
  from: number,
  row: number,
  resources: Int32Array,
): number {
  for (let i = row; i < resources.length; i++) {
    if (slots[resources[i]! + 1] !== toSlot(indexes[from + i]!, maskOf(nulls, from + i))) {
      return i;
    }
  }
  return resources.length;
}
