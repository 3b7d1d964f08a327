import {
  ALLOC_FUNCTIONS,
  EVIDENCES,
  EventCode,
  type EventColumns,
  hasNeededFields,
  internResource,
  MODES,
  moveEvent,
  NO_TID,
  NONE,
  type TraceBuilder,
} from '../trace/index.ts';
import type { BatchRows, TextReaders } from './arrow-batch-rows.ts';
import type { TextValue } from './arrow-batches.ts';
import { BAD, TextLookup } from './arrow-lookup.ts';
import { decodeCounts, decodeTids, numberAt, type RowRun } from './arrow-numbers.ts';
import { splitFrames } from './arrow-schema.ts';
import { PairTable } from './pair-table.ts';

/**
 * Turns rows that are events into event columns: each column is decoded as a whole into its place in the builder, and
 * what cannot be taken is closed up afterwards.
 */
export class ArrowEventReader {
  readonly #builder: TraceBuilder;
  readonly #readers: TextReaders;
  readonly #modes: TextLookup;
  readonly #evidences: TextLookup;
  readonly #fns: TextLookup;
  readonly #stacks: TextLookup;
  /** By the indexes of kind and id. */
  readonly #resources = new PairTable();
  /** By resource, index of the label it has, so that it is set only when it changes. */
  readonly #labels: number[] = [];

  constructor(builder: TraceBuilder, readers: TextReaders) {
    this.#builder = builder;
    this.#readers = readers;
    this.#modes = new TextLookup(readers.mode, (text) => wordCode(MODES, text));
    this.#evidences = new TextLookup(readers.evidence, (text) => wordCode(EVIDENCES, text));
    this.#fns = new TextLookup(readers.fn, (text) => wordCode(ALLOC_FUNCTIONS, text));
    this.#stacks = new TextLookup(readers.stack, (text) => this.#internStack(text));
  }

  /**
   * Adds rows `from` until before `to`.
   *
   * @param types by row of the batch, a position in EVENT_TYPES
   * @returns how many were left out because a field is missing or out of range
   */
  addRun(rows: BatchRows, types: Int8Array, from: number, to: number): number {
    const count = to - from;
    const events = this.#builder.reserveEvents(count);
    const run: RowRun = { from, count, at: events.length, bad: new Uint8Array(count) };
    events.type.set(types.subarray(from, to), run.at);
    decodeCounts(rows.column('ts'), run, events.tsNs);
    decodeTids(rows.column('tid'), run, events.tid);
    this.#decodeResources(rows, run, events);
    this.#stacks.decode(rows.texts.stack, run, events.stack);
    decodeTids(rows.column('holder'), run, events.holderTid);
    this.#evidences.decode(rows.texts.evidence, run, events.evidence);
    this.#modes.decode(rows.texts.mode, run, events.mode);
    this.#fns.decode(rows.texts.fn, run, events.fn);
    decodeCounts(rows.column('size'), run, events.sizeBytes);
    decodeCounts(rows.column('gfp'), run, events.gfp);
    return this.#addGood(rows, run, events);
  }

  #addGood(rows: BatchRows, { from, count, at, bad }: RowRun, events: EventColumns): number {
    const labels = rows.texts.label;
    let to = at;
    let latestNs = this.#builder.latestNs;
    for (let i = 0; i < count; i++) {
      const row = at + i;
      const tsNs = events.tsNs[row]!;
      const whole = hasNeededFields(
        events.type[row]!,
        events.tid[row]!,
        events.resource[row]!,
        events.fn[row]!,
      );
      if (bad[i] === 1 || tsNs === NONE || !whole) {
        continue;
      }
      if (to !== row) {
        moveEvent(events, row, to);
      }
      if (labels !== undefined) {
        this.#setLabel(events.resource[to]!, labels[from + i]!);
      }
      if (rows.namesTasks) {
        this.#nameTask(events.tid[to]!, latestNs, rows, from + i);
      }
      latestNs = Math.max(latestNs, tsNs);
      to++;
    }
    this.#builder.addReservedEvents(to - at, latestNs);
    return at + count - to;
  }

  #decodeResources({ texts: { kind: kinds, res: ids } }: BatchRows, run: RowRun, events: EventColumns): void {
    const { from, count, at, bad } = run;
    if (ids === undefined) {
      events.resource.fill(NONE, at, at + count);
      return;
    }
    for (let i = 0; i < count; i++) {
      const id = ids[from + i]!;
      const kind = kinds === undefined ? NONE : kinds[from + i]!;
      let resource = id === NONE || kind === NONE ? NONE : this.#resources.get(kind, id);
      if (resource === NONE && id !== NONE) {
        resource = this.#internResource(events.type[at + i]!, kind, id);
      }
      events.resource[at + i] = resource;
      bad[i]! |= resource === BAD ? 1 : 0;
    }
  }

  #internResource(type: number, kind: number, id: number): number {
    const kindText = kind === NONE ? undefined : this.#readers.kind.values[kind];
    const idText = this.#readers.res.values[id];
    const mayLackKind = type >= EventCode.allocBegin;
    if (typeof idText !== 'string' || (kind === NONE ? !mayLackKind : typeof kindText !== 'string')) {
      return BAD;
    }
    const resource = internResource(this.#builder, kindText as string | undefined, idText);
    // Without a kind it depends on what came before, and may be another next time.
    if (kind !== NONE) {
      this.#resources.set(kind, id, resource);
    }
    return resource;
  }

  #setLabel(resource: number, index: number): void {
    if (index === NONE || resource === NONE || this.#labels[resource] === index) {
      return;
    }
    const label = this.#readers.label.values[index];
    if (typeof label === 'string') {
      this.#builder.resources.setLabel(resource, label);
      this.#labels[resource] = index;
    }
  }

  /** Most events say nothing of their task: our own files have rows of type `task` for that. */
  #nameTask(tid: number, fromNs: number, rows: BatchRows, row: number): void {
    const pid = numberAt(rows.column('pid'), row);
    const comm = rows.text('comm', row);
    if (tid !== NO_TID && (pid !== undefined || comm !== undefined)) {
      this.#builder.setTask(tid, pid, comm, fromNs);
    }
  }

  #internStack(value: TextValue): number {
    const frames = typeof value === 'string' ? splitFrames(value) : (value ?? [undefined]);
    return frames.every((frame) => frame !== undefined)
      ? this.#builder.stacks.intern(frames as readonly string[])
      : BAD;
  }
}

function wordCode(words: readonly string[], text: TextValue): number {
  const code = typeof text === 'string' ? words.indexOf(text) : NONE;
  return code === NONE ? BAD : code;
}
