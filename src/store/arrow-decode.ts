import { type Data, DataType, Vector } from 'apache-arrow';
import { NONE } from '../trace/index.ts';
import type { BatchColumn, ChunkedDictionary, TextValue } from './arrow-batches.ts';
import { ColumnError, checkLength, findNulls, isAllNull, isNullAt } from './arrow-numbers.ts';

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
  #dictionary: ChunkedDictionary | undefined;
  /** Of that dictionary: where each of its entries is in `values`. */
  #entries = new Int32Array(64);
  #entryCount = 0;
  #indexes = new Int32Array(0);

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Index into `values` for every row of a batch, NONE for null; undefined = null in all rows. Valid until the next call.
   *
   * @throws ColumnError
   */
  decode(column: BatchColumn | undefined, length: number): Int32Array | undefined {
    if (isAllNull(column, length)) {
      return undefined;
    }
    const { data, dictionary } = column!;
    if (this.#indexes.length < length) {
      this.#indexes = new Int32Array(length);
    }
    const indexes = this.#indexes.subarray(0, length);
    DataType.isDictionary(data.type)
      ? this.#decodeDictionary(data, dictionary, indexes)
      : this.#decodePlain(data, indexes);
    return indexes;
  }

  #decodeDictionary(data: Data, dictionary: ChunkedDictionary | undefined, indexes: Int32Array): void {
    this.#readDictionary(dictionary);
    checkLength(this.#name, data.values.length, indexes.length);
    copyIndexes(data.values as Int32Array | BigInt64Array, indexes);
    const entries = this.#entries;
    const count = this.#entryCount;
    const nulls = findNulls(data);
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i]!;
      const found = index >= 0 && index < count ? entries[index]! : NO_SUCH_TEXT;
      indexes[i] = isNullAt(nulls, i) ? NONE : found;
    }
  }

  #readDictionary(dictionary: ChunkedDictionary | undefined): void {
    if (dictionary !== this.#dictionary) {
      this.#dictionary = dictionary;
      this.#entryCount = 0;
    }
    const texts = dictionary?.texts((chunk) => readTexts(this.#name, chunk)) ?? [];
    if (texts.length > this.#entries.length) {
      const larger = new Int32Array(Math.max(texts.length, this.#entries.length * 2));
      larger.set(this.#entries);
      this.#entries = larger;
    }
    for (; this.#entryCount < texts.length; this.#entryCount++) {
      this.#entries[this.#entryCount] = this.#intern(texts[this.#entryCount]);
    }
  }

  #decodePlain(data: Data, indexes: Int32Array): void {
    checkLength(this.#name, data.length, indexes.length);
    for (const [i, value] of readTexts(this.#name, data).entries()) {
      indexes[i] = this.#intern(value);
    }
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

/** Indexes of any integer type. One too large for 32 bits wraps to a negative one or stays beyond every dictionary. */
function copyIndexes(values: Int32Array | BigInt64Array, to: Int32Array): void {
  if (values instanceof BigInt64Array || (values as unknown) instanceof BigUint64Array) {
    for (let i = 0; i < to.length; i++) {
      to[i] = Math.min(Number(values[i]), 0x7fff_ffff);
    }
  } else {
    to.set(values.subarray(0, to.length));
  }
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
