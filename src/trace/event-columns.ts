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

const FIRST_CAPACITY = 1024;

/** Growing columns: push rows, then take them out as exact-size columns. */
export class EventColumnsBuilder {
  #columns: Mutable<EventColumns> = allocateColumns(FIRST_CAPACITY);
  #capacity = FIRST_CAPACITY;

  get length(): number {
    return this.#columns.length;
  }

  push(row: EventRow): void {
    if (this.#columns.length === this.#capacity) {
      this.#grow();
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

  /** The rows so far, in the order they were pushed; the builder starts again empty. */
  take(): EventColumns {
    const taken = mapColumns(this.#columns, this.#columns.length, (column, length) =>
      column.slice(0, length),
    );
    this.#columns.length = 0;
    return taken;
  }

  #grow(): void {
    const { length } = this.#columns;
    this.#capacity *= 2;
    const larger = allocateColumns(this.#capacity);
    larger.length = length;
    for (const name of COLUMN_NAMES) {
      (larger[name] as Float64Array).set(this.#columns[name] as Float64Array);
    }
    this.#columns = larger;
  }
}

/**
 * The same events in time order; events of one time keep their order of arrival. A wait that crossed the threshold
 * arrives long after it began, which is why arrival order is not time order.
 */
export function sortColumns(columns: EventColumns): EventColumns {
  const { tsNs, length } = columns;
  let sorted = true;
  for (let i = 1; i < length && sorted; i++) {
    sorted = tsNs[i - 1]! <= tsNs[i]!;
  }
  if (sorted) {
    return columns;
  }
  const order = new Uint32Array(length).map((_, i) => i);
  order.sort((a, b) => tsNs[a]! - tsNs[b]! || a - b);
  return mapColumns(columns, length, (column) => {
    const out = column.slice();
    for (let i = 0; i < length; i++) {
      out[i] = column[order[i]!]!;
    }
    return out;
  });
}

/** The events up to and at `untilNs`, in the order they are in. */
export function cutColumns(columns: EventColumns, untilNs: number): EventColumns {
  const { tsNs } = columns;
  const kept = tsNs.reduce((sum, at) => sum + Number(at <= untilNs), 0);
  return kept === columns.length
    ? columns
    : mapColumns(columns, kept, (column) => column.filter((_, i) => tsNs[i]! <= untilNs));
}

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

function mapColumns(
  columns: EventColumns,
  length: number,
  change: (column: Column, length: number) => Column,
): EventColumns {
  const out: Partial<Record<keyof EventColumns, unknown>> = { length };
  for (const name of COLUMN_NAMES) {
    out[name] = change(columns[name], length);
  }
  return out as unknown as EventColumns;
}

function allocateColumns(capacity: number): Mutable<EventColumns> {
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
