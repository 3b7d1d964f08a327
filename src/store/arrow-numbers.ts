import { type Data, DataType } from 'apache-arrow';
import { NO_TID, NONE } from '../trace/index.ts';
import type { BatchColumn } from './arrow-batches.ts';

/** A column that is not of a type its name calls for, or shorter than its batch. */
export class ColumnError extends Error {}

/** Rows of a batch that become events together; columns that are decoded for it have a value for each of its rows. */
export class RowRun {
  /** The first row in the batch. */
  readonly from: number;
  readonly count: number;
  #bad: Uint8Array | undefined;

  constructor(from: number, count: number) {
    this.from = from;
    this.count = count;
  }

  /** By row of the run: 1 = a value that cannot be taken, so that the row cannot; undefined = no such row. */
  get bad(): Uint8Array | undefined {
    return this.#bad;
  }

  markBad(row: number): void {
    this.#bad ??= new Uint8Array(this.count);
    this.#bad[row] = 1;
  }
}

type Values = Int32Array | Float64Array | BigInt64Array;

const TWO_TO_32 = 4_294_967_296;

/** @throws ColumnError if it is not numbers, of any integer type, float, timestamp or duration, for `length` rows */
export function checkNumbers(name: string, column: BatchColumn | undefined, length: number): void {
  if (isAllNull(column, length)) {
    return;
  }
  const { data } = column!;
  const { type } = data;
  if (![DataType.isInt, DataType.isFloat, DataType.isTimestamp, DataType.isDuration].some((is) => is(type))) {
    throw new ColumnError(`column ${name} is ${type}, not numbers`);
  }
  checkLength(name, data.values.length, length);
}

export function checkLength(name: string, has: number, needs: number): void {
  if (has < needs) {
    throw new ColumnError(`column ${name} has ${has} values for ${needs} rows`);
  }
}

/** The number in one row, undefined for null; an integer that a double cannot hold is no safe integer either. */
export function numberAt(column: BatchColumn | undefined, row: number): number | undefined {
  const data = column?.data;
  return data === undefined || DataType.isNull(data.type) || isNullAt(findNulls(data, row + 1), row)
    ? undefined
    : Number((data.values as Values)[row]);
}

/** Whether a column of `length` rows has no value at all. */
export function isAllNull(column: BatchColumn | undefined, length: number): boolean {
  return column === undefined || DataType.isNull(column.data.type) || column.data.nullCount >= length;
}

/** Which rows of a column are null: those whose bit is 0. */
export interface NullBits {
  readonly bits: Uint8Array;
  readonly offset: number;
}

/** The nulls among the first `rows` rows. The library's own test looks at the type for every value. */
export function findNulls({ nullCount, nullBitmap, offset }: Data, rows: number): NullBits {
  if (nullCount === 0) {
    // So that there is one loop for both.
    return { bits: new Uint8Array((rows + 7) >> 3).fill(0xff), offset: 0 };
  }
  const needed = (offset + rows + 7) >> 3;
  return { bits: nullBitmap.length < needed ? padded(nullBitmap, needed) : nullBitmap, offset };
}

/** What a bitmap is too short for is null. */
function padded(bits: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bits);
  return longer;
}

export function isNullAt(nulls: NullBits, row: number): boolean {
  return maskOf(nulls, row) === 0;
}

/**
 * All bits set where there is a value, none where there is null. What is there and what is not
 * has no pattern, so a branch for each value would be guessed wrong half of the time; masks take no branch.
 */
export function maskOf({ bits, offset }: NullBits, row: number): number {
  const at = offset + row;
  return -((bits[at >> 3]! >> (at & 7)) & 1);
}

/** Task ids of a run; NO_TID for null. */
export function decodeTids(column: BatchColumn | undefined, run: RowRun, to: Int32Array): void {
  if (column === undefined || isAllNull(column, column.data.length)) {
    to.fill(NO_TID);
    return;
  }
  const { from } = run;
  const values = column.data.values as Values;
  const nulls = findNulls(column.data, from + to.length);
  if (!(values instanceof Int32Array)) {
    decodeWideTids(values, nulls, run, to);
  } else if (column.data.nullCount === 0) {
    to.set(values.subarray(from, from + to.length));
  } else {
    for (let i = 0; i < to.length; i++) {
      const mask = maskOf(nulls, from + i);
      to[i] = (values[from + i]! & mask) | (NO_TID & ~mask);
    }
  }
}

function decodeWideTids(values: Values, nulls: NullBits, run: RowRun, to: Int32Array): void {
  for (let i = 0; i < to.length; i++) {
    const tid = isNullAt(nulls, run.from + i) ? NO_TID : Number(values[run.from + i]);
    to[i] = tid;
    if (to[i] !== tid) {
      run.markBad(i);
    }
  }
}

/** Times and sizes of a run; NONE for null. */
export function decodeCounts(column: BatchColumn | undefined, run: RowRun, to: Float64Array): void {
  if (column === undefined || isAllNull(column, column.data.length)) {
    to.fill(NONE);
    return;
  }
  const values = column.data.values as Values;
  const nulls = findNulls(column.data, run.from + to.length);
  if (values instanceof BigInt64Array) {
    decodeInt64(values, nulls, run, to);
    return;
  }
  for (let i = 0; i < to.length; i++) {
    const value = isNullAt(nulls, run.from + i) ? NONE : Number(values[run.from + i]);
    to[i] = value;
    if (!Number.isSafeInteger(value) || value < NONE) {
      run.markBad(i);
    }
  }
}

/** By halves, because a BigInt for every value costs ten times as much. Null has all bits set, which is NONE. */
function decodeInt64(values: BigInt64Array, nulls: NullBits, run: RowRun, to: Float64Array): void {
  const halves = new Int32Array(values.buffer, values.byteOffset + run.from * 8, to.length * 2);
  for (let i = 0; i < to.length; i++) {
    const unset = ~maskOf(nulls, run.from + i);
    const value = (halves[2 * i + 1]! | unset) * TWO_TO_32 + ((halves[2 * i]! | unset) >>> 0);
    to[i] = value;
    if (value < NONE || value > Number.MAX_SAFE_INTEGER) {
      run.markBad(i);
    }
  }
}
