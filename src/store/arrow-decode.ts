import { type Data, DataType, Vector } from 'apache-arrow';
import { NONE } from '../trace/index.ts';
import type { BatchColumn, DictionaryChunks } from './arrow-batches.ts';

/** A column that is not of a type its name calls for, or shorter than its batch. */
export class ColumnError extends Error {}

/**
 * Numbers of a column; NaN for null. Any integer type, float or timestamp will do: an integer of 64 bits that a double
 * cannot hold comes out as one that is no safe integer either.
 */
export function decodeNumbers(name: string, column: BatchColumn | undefined, length: number): Float64Array {
  const numbers = new Float64Array(length);
  const data = column?.data;
  if (data === undefined || DataType.isNull(data.type)) {
    return numbers.fill(Number.NaN);
  }
  const { type } = data;
  if (![DataType.isInt, DataType.isFloat, DataType.isTimestamp, DataType.isDuration].some((is) => is(type))) {
    throw new ColumnError(`column ${name} is ${type}, not numbers`);
  }
  const from = data.values as Int32Array | BigInt64Array;
  checkLength(name, from.length, length);
  const isNull = nullTest(data);
  for (let i = 0; i < length; i++) {
    numbers[i] = isNull(i) ? Number.NaN : Number(from[i]);
  }
  return numbers;
}

/** A text or, in a column of lists, several; undefined = none that can be read. */
export type TextValue = string | readonly (string | undefined)[] | undefined;

const NO_SUCH_TEXT = 0;

/**
 * The texts of one column over all batches, as indexes into one growing list, so that whoever reads it needs to look at
 * each text once. Dictionaries of any index type, deltas and replacements, and columns without one.
 */
export class TextColumnReader {
  readonly #name: string;
  /** By index, which keeps its meaning once given. The first stands for an index that its dictionary does not have. */
  readonly values: TextValue[] = [undefined];
  readonly #byText = new Map<TextValue, number>();
  #dictionary: DictionaryChunks | undefined;
  #chunksRead = 0;
  /** Of that dictionary: where each of its entries is in `values`. */
  #entries: number[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Index into `values` for every row of a batch; NONE for null. */
  decode(column: BatchColumn | undefined, length: number): Int32Array {
    const indexes = new Int32Array(length).fill(NONE);
    const data = column?.data;
    if (data === undefined || DataType.isNull(data.type) || data.nullCount === length) {
      return indexes;
    }
    return DataType.isDictionary(data.type)
      ? this.#decodeDictionary(data, column!.dictionary, indexes)
      : this.#decodePlain(data, indexes);
  }

  #decodeDictionary(data: Data, dictionary: DictionaryChunks | undefined, indexes: Int32Array): Int32Array {
    this.#readDictionary(dictionary);
    const values = data.values as Int32Array | BigInt64Array;
    checkLength(this.#name, values.length, indexes.length);
    const isNull = nullTest(data);
    for (let i = 0; i < indexes.length; i++) {
      if (!isNull(i)) {
        indexes[i] = this.#entries[Number(values[i])] ?? NO_SUCH_TEXT;
      }
    }
    return indexes;
  }

  #readDictionary(dictionary: DictionaryChunks | undefined): void {
    if (dictionary !== this.#dictionary) {
      this.#dictionary = dictionary;
      this.#chunksRead = 0;
      this.#entries = [];
    }
    const chunks = dictionary?.chunks ?? [];
    for (; this.#chunksRead < chunks.length; this.#chunksRead++) {
      for (const value of readTexts(this.#name, chunks[this.#chunksRead]!)) {
        this.#entries.push(this.#intern(value));
      }
    }
  }

  #decodePlain(data: Data, indexes: Int32Array): Int32Array {
    checkLength(this.#name, data.length, indexes.length);
    for (const [i, value] of readTexts(this.#name, data).entries()) {
      indexes[i] = this.#intern(value);
    }
    return indexes;
  }

  #intern(value: TextValue): number {
    if (value === undefined) {
      return NONE;
    }
    const known = this.#byText.get(value);
    if (known !== undefined) {
      return known;
    }
    this.values.push(value);
    this.#byText.set(value, this.values.length - 1);
    return this.values.length - 1;
  }
}

/** The library's own test looks at the type for every value, which is most of the time of loading. */
function nullTest({ nullCount, nullBitmap, offset }: Data): (row: number) => boolean {
  if (nullCount === 0) {
    return () => false;
  }
  return (row) => (((nullBitmap[(offset + row) >> 3] ?? 0) >> ((offset + row) & 7)) & 1) === 0;
}

function readTexts(name: string, data: Data): TextValue[] {
  const { type } = data;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
    checkOffsets(name, data, data.values.length);
    return readValues(data);
  }
  if (DataType.isUtf8View(type)) {
    checkViews(name, data);
    return readValues(data);
  }
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    return readLists(name, data);
  }
  throw new ColumnError(`column ${name} is ${type}, not text`);
}

function readValues(data: Data): TextValue[] {
  const vector = new Vector([data]);
  return Array.from({ length: data.length }, (_, i) => vector.get(i) ?? undefined);
}

function readLists(name: string, data: Data): TextValue[] {
  const child = data.children[0]!;
  if (DataType.isList(child.type) || DataType.isLargeList(child.type)) {
    throw new ColumnError(`column ${name} is ${data.type}, not text`);
  }
  checkOffsets(name, data, child.length);
  const texts = readTexts(name, child) as (string | undefined)[];
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  return Array.from({ length: data.length }, (_, i) =>
    data.getValid(i) ? texts.slice(Number(offsets[i]), Number(offsets[i + 1])) : undefined,
  );
}

/** Offsets that go back would let a small file unfold to more text than memory holds. */
function checkOffsets(name: string, data: Data, sizeBytes: number): void {
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  checkLength(name, offsets.length, data.length === 0 ? 0 : data.length + 1);
  let before = 0;
  for (let i = 0; data.length > 0 && i <= data.length; i++) {
    const offset = Number(offsets[i]);
    if (offset < before || offset > sizeBytes) {
      throw new ColumnError(`column ${name} has an offset of ${offset} after ${before} in ${sizeBytes}`);
    }
    before = offset;
  }
}

const VIEW_BYTES = 16;
/** Views may share their bytes, so their sum is not bounded by the file. */
const MAX_VIEWED_BYTES = 2 ** 30;

function checkViews(name: string, data: Data): void {
  const views = data.values as unknown as Uint8Array;
  checkLength(name, views.length / VIEW_BYTES, data.length);
  const lengths = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    sum += lengths.getUint32(i * VIEW_BYTES, true);
  }
  if (sum > MAX_VIEWED_BYTES) {
    throw new ColumnError(`column ${name} has ${sum} bytes of text in a batch`);
  }
}

function checkLength(name: string, has: number, needs: number): void {
  if (has < needs) {
    throw new ColumnError(`column ${name} has ${has} values for ${needs} rows`);
  }
}
