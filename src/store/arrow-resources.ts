import { EventCode, internResource, NONE, type TraceBuilder } from '../trace/index.ts';
import type { BatchRows } from './arrow-batch-rows.ts';
import type { TextValue } from './arrow-batches.ts';
import { slotAt, type TextColumn, toSlot } from './arrow-decode.ts';
import { BAD } from './arrow-lookup.ts';
import { maskOf, type RowRun } from './arrow-numbers.ts';

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
    for (let i = 0; i < to.length; i++) {
      i = kinds === undefined ? i : lookUpPairs(kinds, ids, this.#found, this.#kindsPerId, run.from, i, to);
      if (i < to.length) {
        const row = run.from + i;
        to[i] = this.#settle(
          types[i]!,
          kinds === undefined ? 0 : slotAt(kinds, row),
          slotAt(ids, row),
          run,
          i,
        );
      }
    }
  }

  /** What is no resource yet, or never will be. */
  #settle(type: number, kind: number, id: number, run: RowRun, row: number): number {
    const resource = this.#intern(type, kind, id);
    if (resource === BAD) {
      run.markBad(row);
    }
    return resource;
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

/** Resources of the rows from `row` on, up to one that is not known; returns that one. See lookUp(). */
function lookUpPairs(
  kinds: TextColumn,
  { indexes, nulls, texts: { length: last } }: TextColumn,
  found: Int32Array,
  kindsPerId: number,
  from: number,
  row: number,
  to: Int32Array,
): number {
  for (let i = row; i < to.length; i++) {
    const id = toSlot(indexes[from + i]!, maskOf(nulls, from + i));
    const kind = toSlot(kinds.indexes[from + i]!, maskOf(kinds.nulls, from + i));
    const isInside = id >= 0 && id <= last && kind >= 0 && kind < kindsPerId;
    const resource = isInside ? found[id * kindsPerId + kind]! : UNSEEN;
    if (resource < NONE) {
      return i;
    }
    to[i] = resource;
  }
  return to.length;
}
