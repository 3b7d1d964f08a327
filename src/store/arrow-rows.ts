import type { Vector } from 'apache-arrow';
import {
  type CaptureInfo,
  type EventColumns,
  NO_TID,
  NONE,
  type ResourceTable,
  StringTable,
  type TraceBatch,
  type TraceBuilder,
} from '../trace/index.ts';
import { type ColumnValues, GrowingDictionary } from './arrow-columns.ts';
import { type ColumnName, joinFrames, ROW_TYPES, type TextColumn, WORD_COLUMNS } from './arrow-schema.ts';

/** One record batch before it is Arrow data; a column that is not there is null in every row. */
export interface RowColumns {
  readonly length: number;
  readonly values: Partial<Record<string, ColumnValues>>;
}

/** A row that is not an event. */
interface Note {
  readonly type: (typeof ROW_TYPES)[number];
  readonly tsNs?: number;
  readonly tid?: number;
  readonly pid?: number;
  readonly comm?: string;
  readonly label?: string;
  readonly count?: number;
  readonly reason?: string;
  readonly text?: string;
}

/** Turns batches into columns of the Arrow schema, and keeps the dictionaries that their indexes point into. */
export class ArrowRows {
  readonly #texts: Readonly<Record<Exclude<TextColumn, 'stack'>, StringTable>> = {
    kind: new StringTable(),
    res: new StringTable(),
    label: new StringTable(),
    comm: new StringTable(),
    reason: new StringTable(),
  };
  readonly #dictionaries = new Map<string, GrowingDictionary>();
  /** By resource: its texts as indexes of the tables above. An id may belong to several kinds, so it has its own. */
  readonly #resources = {
    kind: new GrowingIndexes(),
    res: new GrowingIndexes(),
    label: new GrowingIndexes(),
  };
  #builder: TraceBuilder | undefined;

  /** Takes over what is new in the builder's tables. */
  grow(batch: TraceBatch, builder: TraceBuilder): void {
    const { resources } = builder;
    this.#builder = builder;
    for (let i = batch.firstNewResource; i < resources.size; i++) {
      this.#resources.kind.set(i, this.#texts.kind.intern(resources.kind(i)));
      this.#resources.res.set(i, this.#texts.res.intern(resources.id(i)));
      this.#resources.label.set(i, this.#internLabel(resources, i));
    }
    for (const resource of batch.relabelled) {
      this.#resources.label.set(resource, this.#internLabel(resources, resource));
    }
  }

  events(events: EventColumns): RowColumns {
    const { kind, res, label } = this.#resources;
    return {
      length: events.length,
      values: {
        type: new Int8Array(events.type.buffer, events.type.byteOffset, events.length),
        ts: events.tsNs,
        tid: events.tid,
        kind: kind.pick(events.resource),
        res: res.pick(events.resource),
        label: label.pick(events.resource),
        mode: events.mode,
        stack: events.stack,
        holder: events.holderTid,
        evidence: events.evidence,
        fn: events.fn,
        size: events.sizeBytes,
        gfp: events.gfp,
      } satisfies Partial<Record<ColumnName, ColumnValues>>,
    };
  }

  /** Tasks, losses and attachments of a batch. */
  notes({ tasks, losses, attachments }: TraceBatch): RowColumns {
    return this.#makeNotes([
      ...tasks.map(({ tid, pid, comm, fromNs }): Note => ({ type: 'task', tsNs: fromNs, tid, pid, comm })),
      ...losses.map((loss): Note => ({ type: 'loss', ...loss })),
      ...attachments.map(({ name, text }): Note => ({ type: 'attachment', label: name, text })),
    ]);
  }

  /** What is known of the capture at its end. */
  capture(info: CaptureInfo): RowColumns {
    return this.#makeNotes([{ type: 'capture', text: JSON.stringify(info) }]);
  }

  /** The newest part of what a column's indexes may point to; undefined = the column has no dictionary. */
  dictionary(column: string): Vector | undefined {
    if (column in WORD_COLUMNS) {
      const words = WORD_COLUMNS[column as keyof typeof WORD_COLUMNS];
      return this.#extend(column, words.length, (i) => words[i]!);
    }
    if (column in this.#texts) {
      const table = this.#texts[column as Exclude<TextColumn, 'stack'>];
      return this.#extend(column, table.size, (i) => table.get(i));
    }
    const stacks = this.#builder?.stacks;
    return column === 'stack'
      ? this.#extend(column, stacks?.size ?? 0, (i) => joinFrames(stacks!.get(i)))
      : undefined;
  }

  #extend(column: string, size: number, text: (index: number) => string): Vector {
    const dictionary = this.#dictionaries.get(column) ?? new GrowingDictionary();
    this.#dictionaries.set(column, dictionary);
    return dictionary.extend(size, text);
  }

  #makeNotes(notes: readonly Note[]): RowColumns {
    const { comm, label, reason } = this.#texts;
    const intern = (table: StringTable, text: string | undefined) =>
      text === undefined ? NONE : table.intern(text);
    return {
      length: notes.length,
      values: {
        type: Int8Array.from(notes, (note) => ROW_TYPES.indexOf(note.type)),
        ts: Float64Array.from(notes, (note) => note.tsNs ?? NONE),
        tid: Int32Array.from(notes, (note) => note.tid ?? NO_TID),
        pid: Int32Array.from(notes, (note) => note.pid ?? NO_TID),
        comm: Int32Array.from(notes, (note) => intern(comm, note.comm)),
        label: Int32Array.from(notes, (note) => intern(label, note.label)),
        count: Float64Array.from(notes, (note) => note.count ?? NONE),
        reason: Int32Array.from(notes, (note) => intern(reason, note.reason)),
        text: notes.map((note) => note.text),
      } satisfies Partial<Record<ColumnName, ColumnValues>>,
    };
  }

  #internLabel(resources: ResourceTable, resource: number): number {
    const label = resources.label(resource);
    return label === undefined ? NONE : this.#texts.label.intern(label);
  }
}

/** A number for each index of a table, looked up for a whole column at once. */
class GrowingIndexes {
  #values = new Int32Array(1024);

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const larger = new Int32Array(Math.max(index + 1, this.#values.length * 2));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[index] = value;
  }

  pick(indexes: Int32Array): Int32Array {
    const picked = new Int32Array(indexes.length);
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i]!;
      picked[i] = index === NONE ? NONE : this.#values[index]!;
    }
    return picked;
  }
}
