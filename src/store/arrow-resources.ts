import { EventCode, internResource, NONE, type TraceBuilder } from '../trace/index.ts';
import type { BatchRows } from './arrow-batch-rows.ts';
import type { TextValue } from './arrow-batches.ts';
import { BAD } from './arrow-lookup.ts';
import type { RowRun } from './arrow-numbers.ts';

/** Kinds whose resources are remembered, null among them: more than there are in any capture of ours. */
const MAX_KINDS = 16;
const UNSEEN = -3;
const NO_TEXTS: readonly TextValue[] = [];

/** Finds the resources of whole columns: that of a kind and an id is interned once for each pair of dictionary entries. */
export class ArrowResources {
  readonly #builder: TraceBuilder;
  #kinds = NO_TEXTS;
  #ids = NO_TEXTS;
  /** By slots of id and kind. */
  #found = new Int32Array(0);
  #kindsPerId = 4;

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
  }

  /** @param types of the run's events, positions in EVENT_TYPES */
  decode(
    { texts: { kind: kinds, res: ids } }: BatchRows,
    types: Uint8Array,
    run: RowRun,
    to: Int32Array,
  ): void {
    if (ids === undefined) {
      to.fill(NONE);
      return;
    }
    this.#follow(kinds?.texts ?? NO_TEXTS, ids.texts);
    const found = this.#found;
    const kindsPerId = this.#kindsPerId;
    const last = ids.texts.length;
    for (let i = 0; i < to.length; i++) {
      const id = ids.slot(run.from + i);
      const kind = kinds === undefined ? 0 : kinds.slot(run.from + i);
      const isInside = id >= 0 && id <= last && kind >= 0 && kind < kindsPerId;
      const known = isInside ? found[id * kindsPerId + kind]! : UNSEEN;
      const resource = known === UNSEEN ? this.#intern(types[i]!, kind, id) : known;
      to[i] = resource;
      if (resource === BAD) {
        run.markBad(i);
      }
    }
  }

  #intern(type: number, kind: number, id: number): number {
    const kindText = this.#kinds[kind - 1];
    const idText = this.#ids[id - 1];
    const mayLackKind = type >= EventCode.allocBegin;
    if (id === 0) {
      return NONE;
    }
    if (typeof idText !== 'string' || (kind === 0 ? !mayLackKind : typeof kindText !== 'string')) {
      return BAD;
    }
    const resource = internResource(this.#builder, kindText as string | undefined, idText);
    // Without a kind it depends on what came before, and may be another next time.
    if (kind !== 0 && kind < this.#kindsPerId) {
      this.#found[id * this.#kindsPerId + kind] = resource;
    }
    return resource;
  }

  /** Room for all pairs; other dictionaries have other slots. */
  #follow(kinds: readonly TextValue[], ids: readonly TextValue[]): void {
    const isOther = kinds !== this.#kinds || ids !== this.#ids;
    const isWider = kinds.length >= this.#kindsPerId && this.#kindsPerId < MAX_KINDS;
    while (kinds.length >= this.#kindsPerId && this.#kindsPerId < MAX_KINDS) {
      this.#kindsPerId *= 2;
    }
    if (isOther || isWider) {
      this.#found.fill(UNSEEN);
    }
    this.#kinds = kinds;
    this.#ids = ids;
    const needed = (ids.length + 1) * this.#kindsPerId;
    if (needed > this.#found.length) {
      const larger = new Int32Array(Math.max(needed, this.#found.length * 2)).fill(UNSEEN);
      larger.set(this.#found);
      this.#found = larger;
    }
  }
}
