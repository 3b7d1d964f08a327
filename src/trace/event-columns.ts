import { NO_TID, NONE } from './words.ts';

/**
 * Events as columns. Row i of every column belongs to event i. NONE (-1) marks a missing value, NO_TID a missing tid.
 */
export interface EventColumns {
  readonly length: number;
  /** Position in EVENT_TYPES. */
  readonly type: Uint8Array;
  /** ns since the capture's start. */
  readonly tsNs: Float64Array;
  readonly tid: Int32Array;
  /** Index into the resource table. */
  readonly resource: Int32Array;
  /** Index into the stack table. */
  readonly stack: Int32Array;
  /** Who held the resource when the wait was recorded (wait_begin only). */
  readonly holderTid: Int32Array;
  /** Position in EVIDENCES: how holderTid is known. */
  readonly evidence: Int8Array;
  /** Position in MODES. */
  readonly mode: Int8Array;
  /** Position in ALLOC_FUNCTIONS (alloc events only). */
  readonly fn: Int8Array;
  readonly sizeBytes: Float64Array;
  /** Allocation flags as the kernel's own bits. */
  readonly gfp: Float64Array;
}

/** One event before it is in columns; missing fields become NONE or NO_TID. */
export interface EventRow {
  readonly type: number;
  readonly tsNs: number;
  readonly tid?: number;
  readonly resource?: number;
  readonly stack?: number;
  readonly holderTid?: number;
  readonly evidence?: number;
  readonly mode?: number;
  readonly fn?: number;
  readonly sizeBytes?: number;
  readonly gfp?: number;
}

type Column = Uint8Array | Int8Array | Int32Array | Float64Array;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Columns that are being filled. */
export type MutableEventColumns = Mutable<EventColumns>;

const FIRST_CAPACITY = 1024;
/** Columns that were given back and wait for their next use. */
const MAX_SPARE = 32;

/** Growing columns: push rows, then take them out as exact-size columns. */
export class EventColumnsBuilder {
  #columns: MutableEventColumns = allocateColumns(FIRST_CAPACITY);
  #capacity = FIRST_CAPACITY;
  readonly #spare: EventColumns[] = [];

  get length(): number {
    return this.#columns.length;
  }

  push(row: EventRow): void {
    if (this.#columns.length === this.#capacity) {
      this.#grow(this.#capacity * 2);
    }
    const to = this.#columns;
    const i = to.length++;
    to.type[i] = row.type;
    to.tsNs[i] = row.tsNs;
    to.tid[i] = row.tid ?? NO_TID;
    to.resource[i] = row.resource ?? NONE;
    to.stack[i] = row.stack ?? NONE;
    to.holderTid[i] = row.holderTid ?? NO_TID;
    to.evidence[i] = row.evidence ?? NONE;
    to.mode[i] = row.mode ?? NONE;
    to.fn[i] = row.fn ?? NONE;
    to.sizeBytes[i] = row.sizeBytes ?? NONE;
    to.gfp[i] = row.gfp ?? NONE;
  }

  /**
   * Room for whoever decodes whole columns: what is written at `length` and after it, up to `rows` rows, becomes events by
   * addReserved(). Valid until then.
   */
  reserve(rows: number): EventColumns {
    const needed = this.#columns.length + rows;
    if (needed > this.#capacity) {
      this.#grow(Math.max(needed, this.#capacity * 2));
    }
    return this.#columns;
  }

  /** @param rows how many of the rows that were reserved are events */
  addReserved(rows: number): void {
    this.#columns.length += rows;
  }

  /** The rows so far, in the order they were pushed; the builder starts again empty. */
  take(): EventColumns {
    const { length } = this.#columns;
    // Columns that are full to a good part are given away: copying them would take longer than filling them.
    const isGiven = length * 4 > this.#capacity;
    const taken = isGiven
      ? sliceColumns(this.#columns, 0, length)
      : mapColumns(this.#columns, length, (column) => column.slice(0, length));
    if (isGiven) {
      this.#columns = this.#takeSpare() ?? allocateColumns(this.#capacity);
    }
    this.#columns.length = 0;
    return taken;
  }

  /**
   * Takes columns back that nobody looks at any more. New memory has to be cleared, and makes the garbage collector look at
   * all that is there, for every few batches.
   */
  giveBack(columns: EventColumns): void {
    const { tsNs, length } = columns;
    // A part of larger columns would keep all of them in memory.
    if (length === this.#capacity && tsNs.byteLength === tsNs.buffer.byteLength) {
      this.#spare.length = Math.min(this.#spare.length, MAX_SPARE - 1);
      this.#spare.push(columns);
    }
  }

  #takeSpare(): MutableEventColumns | undefined {
    const spare = this.#spare.pop();
    return spare?.length === this.#capacity ? { ...spare } : undefined;
  }

  #grow(capacity: number): void {
    const { length } = this.#columns;
    this.#capacity = capacity;
    const larger = allocateColumns(this.#capacity);
    larger.length = length;
    for (const name of COLUMN_NAMES) {
      (larger[name] as Float64Array).set(this.#columns[name] as Float64Array);
    }
    this.#columns = larger;
  }
}

/** The events up to and at `untilNs`, in the order they are in. */
export function cutColumns(columns: EventColumns, untilNs: number): EventColumns {
  const { tsNs } = columns;
  const kept = tsNs.reduce((sum, at) => sum + Number(at <= untilNs), 0);
  return kept === columns.length
    ? columns
    : mapColumns(columns, kept, (column) => column.filter((_, i) => tsNs[i]! <= untilNs));
}

/** Copies event `from` over event `to`. */
export function moveEvent(columns: EventColumns, from: number, to: number): void {
  for (const name of COLUMN_NAMES) {
    columns[name][to] = columns[name][from]!;
  }
}

/** Events `from` until before `to`, without copying. */
export function sliceColumns(columns: EventColumns, from: number, to: number): EventColumns {
  return mapColumns(columns, to - from, (column) => column.subarray(from, to));
}

/** The events at these positions, in this order. */
export function pickColumns(columns: EventColumns, positions: Uint32Array): EventColumns {
  return mapColumns(columns, positions.length, (column) => pick(column, positions));
}

/** All events of several batches in one; of one batch, that batch itself. */
export function concatColumns(parts: readonly EventColumns[]): EventColumns {
  if (parts.length === 1) {
    return parts[0]!;
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = allocateColumns(length);
  for (const part of parts) {
    for (const name of COLUMN_NAMES) {
      (whole[name] as Float64Array).set(part[name] as Float64Array, whole.length);
    }
    whole.length += part.length;
  }
  return whole;
}

/** All columns of EventColumns. */
export const COLUMN_NAMES = [
  'type',
  'tsNs',
  'tid',
  'resource',
  'stack',
  'holderTid',
  'evidence',
  'mode',
  'fn',
  'sizeBytes',
  'gfp',
] as const satisfies readonly (keyof EventColumns)[];

function mapColumns(columns: EventColumns, length: number, change: (column: Column) => Column): EventColumns {
  const out: Partial<Record<keyof EventColumns, unknown>> = { length };
  for (const name of COLUMN_NAMES) {
    out[name] = change(columns[name]);
  }
  return out as unknown as EventColumns;
}

/** A function of its own for each type of column, or the loop would be compiled for none of them. */
function pick(column: Column, positions: Uint32Array): Column {
  if (column instanceof Float64Array) {
    return pickNumbers(column, positions);
  }
  return column instanceof Int32Array ? pickIndexes(column, positions) : pickCodes(column, positions);
}

function pickNumbers(column: Float64Array, positions: Uint32Array): Float64Array {
  const out = new Float64Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    out[i] = column[positions[i]!]!;
  }
  return out;
}

function pickIndexes(column: Int32Array, positions: Uint32Array): Int32Array {
  const out = new Int32Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    out[i] = column[positions[i]!]!;
  }
  return out;
}

function pickCodes(column: Uint8Array | Int8Array, positions: Uint32Array): Uint8Array | Int8Array {
  const out =
    column instanceof Int8Array ? new Int8Array(positions.length) : new Uint8Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    out[i] = column[positions[i]!]!;
  }
  return out;
}

function allocateColumns(capacity: number): MutableEventColumns {
  return {
    length: 0,
    type: new Uint8Array(capacity),
    tsNs: new Float64Array(capacity),
    tid: new Int32Array(capacity),
    resource: new Int32Array(capacity),
    stack: new Int32Array(capacity),
    holderTid: new Int32Array(capacity),
    evidence: new Int8Array(capacity),
    mode: new Int8Array(capacity),
    fn: new Int8Array(capacity),
    sizeBytes: new Float64Array(capacity),
    gfp: new Float64Array(capacity),
  };
}
