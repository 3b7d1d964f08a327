import { type Data, DataType } from 'apache-arrow';
import { NO_TID, NONE } from '../trace/index.ts';
import type { BatchColumn } from './arrow-batches.ts';

/** A column that is not of a type its name calls for, or shorter than its batch. */
export class ColumnError extends Error {}

/** Rows of a batch that go into the columns of events together. */
export interface RowRun {
  /** The first row in the batch. */
  readonly from: number;
  readonly count: number;
  /** Where the first row goes in the target columns. */
  readonly at: number;
  /** By row of the run: 1 = a value that cannot be taken, so that the row cannot. */
  readonly bad: Uint8Array;
}

type Values = Int32Array | Float64Array | BigInt64Array;

const TWO_TO_32 = 4_294_967_296;

/** @throws ColumnError if it is not numbers, of any integer type, float, timestamp or duration, for `length` rows */
export function checkNumbers(name: string, column: BatchColumn | undefined, length: number): void {
  const data = column?.data;
  if (data === undefined || DataType.isNull(data.type)) {
    return;
  }
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
  return data === undefined || DataType.isNull(data.type) || isNullAt(findNulls(data), row)
    ? undefined
    : Number((data.values as Values)[row]);
}

/** Whether a column of `length` rows has no value at all. */
export function isAllNull(column: BatchColumn | undefined, length: number): boolean {
  return column === undefined || DataType.isNull(column.data.type) || column.data.nullCount >= length;
}

/** Which rows of a column are null: those whose bit is 0. undefined = none. */
export interface NullBits {
  readonly bits: Uint8Array;
  readonly offset: number;
}

/** The library's own test looks at the type for every value, which is most of the time of loading. */
export function findNulls({ nullCount, nullBitmap, offset }: Data): NullBits | undefined {
  return nullCount === 0 ? undefined : { bits: nullBitmap, offset };
}

export function isNullAt(nulls: NullBits | undefined, row: number): boolean {
  if (nulls === undefined) {
    return false;
  }
  const at = nulls.offset + row;
  return (((nulls.bits[at >> 3] ?? 0) >> (at & 7)) & 1) === 0;
}

/** Task ids of a run; NO_TID for null. */
export function decodeTids(column: BatchColumn | undefined, run: RowRun, to: Int32Array): void {
  const { from, count, at, bad } = run;
  if (isAllNull(column, column?.data.length ?? 0)) {
    to.fill(NO_TID, at, at + count);
    return;
  }
  const values = column!.data.values as Values;
  const nulls = findNulls(column!.data);
  if (nulls === undefined && values instanceof Int32Array) {
    to.set(values.subarray(from, from + count), at);
    return;
  }
  for (let i = 0; i < count; i++) {
    const tid = isNullAt(nulls, from + i) ? NO_TID : Number(values[from + i]);
    to[at + i] = tid;
    bad[i]! |= to[at + i] === tid ? 0 : 1;
  }
}

/** Times and sizes of a run; NONE for null. */
export function decodeCounts(column: BatchColumn | undefined, run: RowRun, to: Float64Array): void {
  const { from, count, at, bad } = run;
  if (isAllNull(column, column?.data.length ?? 0)) {
    to.fill(NONE, at, at + count);
    return;
  }
  const values = column!.data.values as Values;
  const nulls = findNulls(column!.data);
  if (values instanceof BigInt64Array) {
    decodeInt64(values, nulls, run, to);
    return;
  }
  for (let i = 0; i < count; i++) {
    const value = isNullAt(nulls, from + i) ? NONE : Number(values[from + i]);
    to[at + i] = value;
    bad[i]! |= Number.isSafeInteger(value) && value >= NONE ? 0 : 1;
  }
}

/** By halves, because a BigInt for every value costs ten times as much. */
function decodeInt64(values: BigInt64Array, nulls: NullBits | undefined, run: RowRun, to: Float64Array) {
  const { from, count, at, bad } = run;
  const halves = new Int32Array(values.buffer, values.byteOffset + from * 8, count * 2);
  for (let i = 0; i < count; i++) {
    const high = halves[2 * i + 1]!;
    const value = isNullAt(nulls, from + i) ? NONE : high * TWO_TO_32 + (halves[2 * i]! >>> 0);
    to[at + i] = value;
    bad[i]! |= value >= NONE && value <= Number.MAX_SAFE_INTEGER ? 0 : 1;
  }
}
