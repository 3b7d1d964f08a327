import {
  addRecord,
  BATCH_EVENTS,
  type CaptureInfo,
  decodeCaptureInfo,
  EVENT_TYPES,
  NONE,
  type RecordFault,
  type TraceBuilder,
  type TraceRecord,
} from '../trace/index.ts';
import { BatchRows, createTextReaders } from './arrow-batch-rows.ts';
import type { ColumnBatch, TextValue } from './arrow-batches.ts';
import { ArrowEventReader } from './arrow-events.ts';
import { BAD, TextLookup } from './arrow-lookup.ts';
import { numberAt, RowRun } from './arrow-numbers.ts';
import { ROW_TYPES } from './arrow-schema.ts';

/** Beyond all rows that are known. */
const UNKNOWN_TYPE = ROW_TYPES.length;

/** Adds record batches to a builder. Rows that lack what their type needs are left out and counted. */
export class ArrowTraceReader {
  readonly #builder: TraceBuilder;
  readonly #readers = createTextReaders();
  readonly #types = new TextLookup(typeCode);
  readonly #events: ArrowEventReader;
  readonly #faults = new Map<string, number>();
  #info: CaptureInfo = {};
  #batches = 0;

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
    this.#events = new ArrowEventReader(builder);
  }

  /** How many batches were taken. */
  get batches(): number {
    return this.#batches;
  }

  /** What the file says of its capture, until a row of type `capture` says it again. */
  setInfo(info: CaptureInfo): void {
    this.#info = info;
  }

  /**
   * Adds a batch, with a pause whenever another BATCH_EVENTS events have come together.
   *
   * @throws ColumnError before anything of the batch was taken
   */
  *addBatch(batch: ColumnBatch): Generator<void> {
    const rows = new BatchRows(batch, this.#readers);
    this.#batches++;
    const types = this.#decodeTypes(rows);
    for (let from = 0; from < rows.length; ) {
      const room = BATCH_EVENTS - (this.#builder.eventCount % BATCH_EVENTS);
      const to = findRunEnd(types, from, room);
      if (to > from) {
        this.countFault('bad_record', this.#events.addRun(rows, types, from, to));
        yield;
      } else {
        this.#addNote(types[from]!, rows, from);
      }
      from = Math.max(to, from + 1);
    }
  }

  countFault(reason: string, count = 1): void {
    if (count > 0) {
      this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + count);
    }
  }

  /** Adds what was counted, and gives what the capture says of itself. */
  finish(): CaptureInfo {
    const tsNs = this.#builder.latestNs;
    for (const [reason, count] of this.#faults) {
      this.#builder.addLoss({ tsNs, count, reason });
    }
    return this.#info;
  }

  #decodeTypes({ length, texts }: BatchRows): Int8Array {
    const types = new Int8Array(length);
    this.#types.decode(texts.type, new RowRun(0, length), types);
    return types;
  }

  #addNote(type: number, rows: BatchRows, i: number): void {
    const fault = this.#tryAddNote(type, rows, i);
    if (fault !== undefined) {
      this.countFault(fault);
    }
  }

  #tryAddNote(type: number, rows: BatchRows, i: number): RecordFault | undefined {
    if (type === UNKNOWN_TYPE) {
      return 'unknown_event';
    }
    switch (ROW_TYPES[type]) {
      case 'attachment':
        return this.#addAttachment(rows, i);
      case 'capture':
        return this.#readInfo(rows, i);
      case 'task':
      case 'loss':
        return addRecord(this.#builder, noteRecord(ROW_TYPES[type], rows, i));
      default:
        return 'bad_record';
    }
  }

  #addAttachment(rows: BatchRows, i: number): RecordFault | undefined {
    const name = rows.text('label', i);
    const text = rows.text('text', i);
    if (name === undefined || text === undefined) {
      return 'bad_record';
    }
    this.#builder.addAttachment({ name, text });
    return undefined;
  }

  #readInfo(rows: BatchRows, i: number): RecordFault | undefined {
    const info = tryParseInfo(rows.text('text', i));
    this.#info = info ?? this.#info;
    return info === undefined ? 'bad_record' : undefined;
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

function noteRecord(type: 'task' | 'loss', rows: BatchRows, i: number): TraceRecord {
  return {
    type,
    ts: numberAt(rows.column('ts'), i),
    tid: numberAt(rows.column('tid'), i),
    pid: numberAt(rows.column('pid'), i),
    comm: rows.text('comm', i),
    count: numberAt(rows.column('count'), i),
    reason: rows.text('reason', i),
  };
}

/** The end of the events that begin at `from`; of `most` of them, if there are more. */
function findRunEnd(types: Int8Array, from: number, most: number): number {
  const last = Math.min(types.length, from + most);
  let end = from;
  while (end < last && types[end]! >= 0 && types[end]! < EVENT_TYPES.length) {
    end++;
  }
  return end;
}

function typeCode(text: TextValue): number {
  if (typeof text !== 'string') {
    return BAD;
  }
  const code = (ROW_TYPES as readonly string[]).indexOf(text);
  return code === NONE ? UNKNOWN_TYPE : code;
}
