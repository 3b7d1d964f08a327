import {
  type Data,
  type DataType,
  type Dictionary,
  type Int32,
  Int64,
  makeData,
  type RecordBatch,
  RecordBatchStreamWriter,
  Utf8,
  Vector,
} from 'apache-arrow';

/** Values of one column of a batch before they are Arrow data; undefined = null in every row. */
export type ColumnValues =
  | Int8Array
  | Int32Array
  | Float64Array
  | readonly (string | undefined)[]
  | undefined;

const TWO_TO_32 = 4_294_967_296;

/** Column of a type of the schema. Integer columns are not copied; `missing` marks their nulls. */
export function makeColumn(type: DataType, values: ColumnValues, length: number, missing: number): Data {
  if (values === undefined) {
    return makeNullColumn(type, length);
  }
  if (Array.isArray(values)) {
    return makeTextColumn(values);
  }
  const numbers = values as Int8Array | Int32Array | Float64Array;
  const { nullCount, nullBitmap } = findNulls(numbers, missing);
  const data = type instanceof Int64 ? toInt64(numbers as Float64Array) : numbers;
  return makeData({ type: type as Int32, length, nullCount, nullBitmap, data: data as Int32Array });
}

/** The same column with the dictionary its indexes point into. */
export function withDictionary(column: Data, type: Dictionary, dictionary: Vector): Data {
  const { length, nullCount, nullBitmap } = column;
  const data = nullCount === 0 ? column.values : withoutMarks(column.values as Int8Array | Int32Array);
  return makeData({ type, length, nullCount, nullBitmap, data, dictionary });
}

/** There are readers (polars) that refuse an index beyond the dictionary in a row that is null, too. */
function withoutMarks<T extends Int8Array | Int32Array>(indexes: T): T {
  const kept = indexes.slice() as T;
  for (let i = 0; i < kept.length; i++) {
    kept[i] = Math.max(kept[i]!, 0);
  }
  return kept;
}

function makeNullColumn(type: DataType, length: number): Data {
  const nullBitmap = new Uint8Array(bitmapBytes(length));
  if (type instanceof Utf8) {
    return makeData({
      type,
      length,
      nullCount: length,
      nullBitmap,
      valueOffsets: new Int32Array(length + 1),
    });
  }
  const data = type instanceof Int64 ? new BigInt64Array(length) : new (type as Int32).ArrayType(length);
  return makeData({ type: type as Int32, length, nullCount: length, nullBitmap, data: data as Int32Array });
}

function makeTextColumn(texts: readonly (string | undefined)[]): Data<Utf8> {
  const valueOffsets = new Int32Array(texts.length + 1);
  const nullBitmap = new Uint8Array(bitmapBytes(texts.length));
  const parts: Buffer[] = [];
  let nullCount = 0;
  for (const [i, text] of texts.entries()) {
    const bytes = Buffer.from(text ?? '');
    parts.push(bytes);
    valueOffsets[i + 1] = valueOffsets[i]! + bytes.length;
    if (text === undefined) {
      nullCount++;
    } else {
      nullBitmap[i >> 3]! |= 1 << (i & 7);
    }
  }
  return makeData({
    type: new Utf8(),
    length: texts.length,
    nullCount,
    nullBitmap,
    valueOffsets,
    data: Buffer.concat(parts),
  });
}

function findNulls(values: Int8Array | Int32Array | Float64Array, missing: number) {
  const { length } = values;
  const nullBitmap = new Uint8Array(bitmapBytes(length));
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const present = values[i] === missing ? 0 : 1;
    nullCount += 1 - present;
    nullBitmap[i >> 3]! |= present << (i & 7);
  }
  return nullCount === 0 ? { nullCount, nullBitmap: undefined } : { nullCount, nullBitmap };
}

/** Two halves, because a BigInt for every value costs ten times as much. Exact for the integers a double can hold. */
function toInt64(values: Float64Array): BigInt64Array {
  const halves = new Uint32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    halves[2 * i] = value >>> 0;
    halves[2 * i + 1] = Math.floor(value / TWO_TO_32) >>> 0;
  }
  return new BigInt64Array(halves.buffer);
}

/** Padded to 8 bytes, as the format wants it. */
function bitmapBytes(length: number): number {
  return ((length + 63) >> 6) << 3;
}

/** A dictionary that grows by a chunk at a time; DeltaWriter sends each chunk once. */
export class GrowingDictionary {
  #latest: Vector<Utf8> | undefined;
  #size = 0;

  /** The newest chunk of the dictionary once it has come to `size` entries; `text(i)` is entry i. */
  extend(size: number, text: (index: number) => string): Vector<Utf8> {
    if (this.#latest === undefined || size > this.#size) {
      const texts = Array.from({ length: size - this.#size }, (_, i) => text(this.#size + i));
      this.#latest = new Vector([makeTextColumn(texts)]);
      this.#size = size;
    }
    return this.#latest;
  }
}

/**
 * Writes the chunk that a column's dictionary has besides those written before. The library's own writer wants every
 * chunk with every batch, and so takes longer with each.
 */
export class DeltaWriter extends RecordBatchStreamWriter {
  readonly #written = new Map<number, Data>();

  protected override _writeDictionaries(batch: RecordBatch): this {
    for (const [id, { data }] of batch.dictionaries) {
      const chunk = data[0]!;
      const before = this.#written.get(id);
      if (chunk !== before) {
        this._writeDictionaryBatch(chunk, id, before !== undefined);
        this.#written.set(id, chunk);
      }
    }
    return this;
  }
}
