import { type Data, DataType, Vector } from 'apache-arrow';
import { NONE } from '../trace/index.ts';
import type { BatchColumn, TextValue } from './arrow-batches.ts';
import { ColumnError, checkLength, findNulls, isAllNull, maskOf, type NullBits } from './arrow-numbers.ts';

/** A column of texts as places in a list that may grow. Valid until the next batch of the column is decoded. */
export interface TextColumn {
  /** The same list as long as an index keeps its meaning. */
  readonly texts: readonly TextValue[];
  /** By row, into `texts`; in a hostile file anywhere. Means nothing where there is null. */
  readonly indexes: Int8Array | Int32Array;
  readonly nulls: NullBits;
}

/** 0 = null, otherwise the index of a text and 1; in a hostile file beyond all texts, or below 0. */
export function slotAt({ indexes, nulls }: TextColumn, row: number): number {
  return toSlot(indexes[row]!, maskOf(nulls, row));
}

/** Without its sign, an index below 0 becomes one beyond every dictionary instead of the slot of null. */
export function toSlot(index: number, mask: number): number {
  return ((index & 0x7fff_ffff) + 1) & mask;
}

/** Decodes one column, batch by batch: dictionaries of any index type, deltas and replacements, and texts without one. */
export class TextColumnReader {
  readonly #name: string;
  #indexes = new Int32Array(0);
  /** Of columns without a dictionary: one of our own. */
  readonly #texts: TextValue[] = [];
  readonly #byText = new Map<TextValue, number>();

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * undefined = null in all rows.
   *
   * @throws ColumnError
   */
  decode(column: BatchColumn | undefined, length: number): TextColumn | undefined {
    if (column === undefined || isAllNull(column, length)) {
      return undefined;
    }
    return DataType.isDictionary(column.data.type)
      ? this.#decodeDictionary(column, length)
      : this.#decodePlain(column.data, length);
  }

  #decodeDictionary({ data, dictionary }: BatchColumn, length: number): TextColumn {
    const texts = dictionary?.texts((chunk) => readTexts(this.#name, chunk)) ?? [];
    checkLength(this.#name, data.values.length, length);
    return {
      texts,
      indexes: this.#toIndexes(data.values as Indexes, length),
      nulls: findNulls(data, length),
    };
  }

  #decodePlain(data: Data, length: number): TextColumn {
    checkLength(this.#name, data.length, length);
    const indexes = this.#makeRoom(length);
    const texts = readTexts(this.#name, data);
    for (let i = 0; i < length; i++) {
      indexes[i] = this.#intern(texts[i]);
    }
    return { texts: this.#texts, indexes, nulls: findNulls(data, length) };
  }

  #toIndexes(values: Indexes, length: number): Int8Array | Int32Array {
    if (values instanceof Int8Array || values instanceof Int32Array) {
      return values;
    }
    const indexes = this.#makeRoom(length);
    for (let i = 0; i < length; i++) {
      const index = Number(values[i]);
      indexes[i] = index === (index | 0) ? index : NONE;
    }
    return indexes;
  }

  #makeRoom(length: number): Int32Array {
    if (this.#indexes.length < length) {
      this.#indexes = new Int32Array(length);
    }
    return this.#indexes;
  }

  #intern(text: TextValue): number {
    let index = this.#byText.get(text);
    if (index === undefined) {
      index = this.#texts.push(text) - 1;
      this.#byText.set(text, index);
    }
    return index;
  }
}

/** Of a dictionary-encoded column, of any integer type. */
type Indexes = Int8Array | Int32Array | Uint32Array | BigInt64Array;

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
