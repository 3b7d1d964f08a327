import {
  ALLOC_FUNCTIONS,
  addRecord,
  type CaptureInfo,
  decodeCaptureInfo,
  EVENT_TYPES,
  EVIDENCES,
  EventCode,
  internResource,
  MODES,
  NO_TID,
  NONE,
  type RecordFault,
  type Trace,
  TraceBuilder,
  type TraceRecord,
  tryAddEvent,
} from '../trace/index.ts';
import type { ColumnBatch } from './arrow-batches.ts';
import { decodeNumbers, TextColumnReader, type TextValue } from './arrow-decode.ts';
import {
  type NumberColumn,
  ROW_TYPES,
  splitFrames,
  type TextColumn,
  type WordColumn,
} from './arrow-schema.ts';

const NUMBERS = ['ts', 'tid', 'pid', 'holder', 'size', 'gfp', 'count'] as const satisfies NumberColumn[];
const TEXTS = [
  'type',
  'mode',
  'evidence',
  'fn',
  'kind',
  'res',
  'label',
  'stack',
  'comm',
  'reason',
  'text',
] as const satisfies (TextColumn | WordColumn | 'text')[];

/** One batch as plain columns: numbers with NaN for null, texts as indexes into their readers' values. */
interface Columns {
  readonly numbers: Readonly<Record<NumberColumn, Float64Array>>;
  readonly texts: Readonly<Record<(typeof TEXTS)[number], Int32Array>>;
}

/** Makes a trace of record batches. Rows that lack what their type needs are left out and counted. */
export class ArrowTraceReader {
  readonly #builder = new TraceBuilder();
  readonly #readers = Object.fromEntries(TEXTS.map((name) => [name, new TextColumnReader(name)])) as Record<
    (typeof TEXTS)[number],
    TextColumnReader
  >;
  readonly #types = new Lookup(this.#readers.type, (text) =>
    isText(text) ? indexOf(ROW_TYPES, text) : Number.NaN,
  );
  readonly #modes = new Lookup(this.#readers.mode, (text) => orNaN(indexOf(MODES, text)));
  readonly #evidences = new Lookup(this.#readers.evidence, (text) => orNaN(indexOf(EVIDENCES, text)));
  readonly #fns = new Lookup(this.#readers.fn, (text) => orNaN(indexOf(ALLOC_FUNCTIONS, text)));
  readonly #stacks = new Lookup(this.#readers.stack, (text) => this.#internStack(text));
  /** Resource by the index of its kind, then that of its id. */
  readonly #resources = new Map<number, (number | undefined)[]>();
  /** By resource, index of the label it has, so that it is set only when it changes. */
  readonly #labels: number[] = [];
  readonly #faults = new Map<string, number>();
  #info: CaptureInfo = {};
  #batches = 0;

  /** How many batches were taken. */
  get batches(): number {
    return this.#batches;
  }

  /** What the file says of its capture, until a row of type `capture` says it again. */
  setInfo(info: CaptureInfo): void {
    this.#info = info;
  }

  /** @throws ColumnError before anything of the batch was taken */
  addBatch(batch: ColumnBatch): void {
    const columns = this.#decode(batch);
    this.#batches++;
    for (let i = 0; i < batch.length; i++) {
      const type = this.#types.get(columns.texts.type[i]!);
      const fault = this.#addRow(type, columns, i);
      if (fault !== undefined) {
        this.countFault(fault);
      }
    }
  }

  countFault(reason: string): void {
    this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + 1);
  }

  finish(): Trace {
    const tsNs = this.#builder.latestNs;
    for (const [reason, count] of this.#faults) {
      this.#builder.addLoss({ tsNs, count, reason });
    }
    return this.#builder.finish(this.#info);
  }

  #decode({ length, columns }: ColumnBatch): Columns {
    const numbers = NUMBERS.map((name) => [name, decodeNumbers(name, columns.get(name), length)]);
    const texts = TEXTS.map((name) => [name, this.#readers[name].decode(columns.get(name), length)]);
    return { numbers: Object.fromEntries(numbers), texts: Object.fromEntries(texts) };
  }

  #addRow(type: number, columns: Columns, i: number): RecordFault | undefined {
    if (type === NONE) {
      return columns.texts.type[i] === NONE ? 'bad_record' : 'unknown_event';
    }
    if (type < EVENT_TYPES.length) {
      return this.#addEvent(type, columns, i) ? undefined : 'bad_record';
    }
    switch (ROW_TYPES[type]) {
      case 'attachment':
        return this.#addAttachment(columns, i);
      case 'capture':
        return this.#readInfo(columns, i);
      case 'task':
      case 'loss':
        return addRecord(this.#builder, this.#record(ROW_TYPES[type], columns, i));
      default:
        return 'bad_record';
    }
  }

  #addEvent(type: number, columns: Columns, i: number): boolean {
    const { numbers, texts } = columns;
    const tid = orElse(numbers.tid[i]!, NO_TID);
    const resource = this.#resource(type, texts.kind[i]!, texts.res[i]!);
    const beforeNs = this.#builder.latestNs;
    const added = tryAddEvent(this.#builder, {
      type,
      tsNs: numbers.ts[i]!,
      tid,
      resource,
      stack: this.#stacks.get(texts.stack[i]!),
      holderTid: orElse(numbers.holder[i]!, NO_TID),
      evidence: this.#evidences.get(texts.evidence[i]!),
      mode: this.#modes.get(texts.mode[i]!),
      fn: this.#fns.get(texts.fn[i]!),
      sizeBytes: orElse(numbers.size[i]!, NONE),
      gfp: orElse(numbers.gfp[i]!, NONE),
    });
    if (added) {
      this.#setLabel(resource, texts.label[i]!);
      this.#nameTask(tid, beforeNs, columns, i);
    }
    return added;
  }

  /** Most events say nothing of their task: our own files have rows of type `task` for that. */
  #nameTask(tid: number, fromNs: number, { numbers, texts }: Columns, i: number): void {
    const pid = orUndefined(numbers.pid[i]!);
    const comm = this.#text('comm', texts, i);
    if (tid !== NO_TID && (pid !== undefined || comm !== undefined)) {
      this.#builder.setTask(tid, pid, comm, fromNs);
    }
  }

  #resource(type: number, kind: number, res: number): number {
    if (res === NONE) {
      return NONE;
    }
    const known = this.#resources.get(kind)?.[res];
    return known ?? this.#internResource(type, kind, res);
  }

  #internResource(type: number, kind: number, res: number): number {
    const { kind: kinds, res: ids } = this.#readers;
    const kindText = kind === NONE ? undefined : kinds.values[kind];
    const id = ids.values[res];
    const mayLackKind = type >= EventCode.allocBegin;
    if (!isText(id) || (kind === NONE ? !mayLackKind : !isText(kindText))) {
      return Number.NaN;
    }
    const resource = internResource(this.#builder, kindText as string | undefined, id);
    // Without a kind it depends on what came before, and may be another next time.
    if (kind !== NONE) {
      const ofKind = this.#resources.get(kind) ?? [];
      ofKind[res] = resource;
      this.#resources.set(kind, ofKind);
    }
    return resource;
  }

  #setLabel(resource: number, index: number): void {
    if (index === NONE || resource === NONE || this.#labels[resource] === index) {
      return;
    }
    const label = this.#readers.label.values[index];
    if (isText(label)) {
      this.#builder.resources.setLabel(resource, label);
      this.#labels[resource] = index;
    }
  }

  #internStack(value: TextValue): number {
    const frames = isText(value) ? splitFrames(value) : (value ?? [undefined]);
    return frames.every((frame) => frame !== undefined)
      ? this.#builder.stacks.intern(frames as readonly string[])
      : Number.NaN;
  }

  #record(type: 'task' | 'loss', { numbers, texts }: Columns, i: number): TraceRecord {
    return {
      type,
      ts: orUndefined(numbers.ts[i]!),
      tid: orUndefined(numbers.tid[i]!),
      pid: orUndefined(numbers.pid[i]!),
      comm: this.#text('comm', texts, i),
      count: orUndefined(numbers.count[i]!),
      reason: this.#text('reason', texts, i),
    };
  }

  #addAttachment({ texts }: Columns, i: number): RecordFault | undefined {
    const name = this.#text('label', texts, i);
    const text = this.#text('text', texts, i);
    if (name === undefined || text === undefined) {
      return 'bad_record';
    }
    this.#builder.addAttachment({ name, text });
    return undefined;
  }

  #readInfo({ texts }: Columns, i: number): RecordFault | undefined {
    const info = tryParseInfo(this.#text('text', texts, i));
    this.#info = info ?? this.#info;
    return info === undefined ? 'bad_record' : undefined;
  }

  #text(name: (typeof TEXTS)[number], texts: Columns['texts'], i: number): string | undefined {
    const index = texts[name][i]!;
    const value = index === NONE ? undefined : this.#readers[name].values[index];
    return isText(value) ? value : undefined;
  }
}

/** JSON of a capture's own description; undefined = none. */
export function tryParseInfo(json: string | undefined): CaptureInfo | undefined {
  try {
    return json === undefined ? undefined : decodeCaptureInfo(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** A number for each text of a column, found once. */
class Lookup {
  readonly #reader: TextColumnReader;
  readonly #find: (text: TextValue) => number;
  readonly #found: (number | undefined)[] = [];

  constructor(reader: TextColumnReader, find: (text: TextValue) => number) {
    this.#reader = reader;
    this.#find = find;
  }

  /** NONE for a null. */
  get(index: number): number {
    if (index === NONE) {
      return NONE;
    }
    let found = this.#found[index];
    if (found === undefined) {
      found = this.#find(this.#reader.values[index]);
      this.#found[index] = found;
    }
    return found;
  }
}

function isText(value: TextValue): value is string {
  return typeof value === 'string';
}

function indexOf(words: readonly string[], text: TextValue): number {
  return isText(text) ? words.indexOf(text) : NONE;
}

function orNaN(index: number): number {
  return index === NONE ? Number.NaN : index;
}

function orElse(value: number, missing: number): number {
  return Number.isNaN(value) ? missing : value;
}

function orUndefined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
