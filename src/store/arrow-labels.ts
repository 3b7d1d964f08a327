import { NONE, type ResourceTable } from '../trace/index.ts';
import type { TextValue } from './arrow-batches.ts';
import type { TextColumn } from './arrow-decode.ts';

/** Gives resources their labels; most events only repeat the one that their resource has. */
export class ArrowLabels {
  readonly #resources: ResourceTable;
  #texts: readonly TextValue[] | undefined;
  /** By resource and 1: slot of the label that it has; 0 = none. */
  #slots = new Int32Array(64);

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  /** To be called for each batch, when all its resources are known. */
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
