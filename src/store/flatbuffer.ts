/**
 * Just enough of the flatbuffers encoding to look at an Arrow message before the library decodes it: a length in a
 * damaged file may say anything, and the library would try to allocate it.
 */

/** Thrown for an offset or length that leaves the buffer. */
export class FlatbufferError extends Error {}

/** A table at `position` of `bytes`. Fields are named by their number in the schema; an absent one is undefined. */
export class FlatTable {
  readonly #bytes: Buffer;
  readonly #position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  static root(bytes: Buffer): FlatTable {
    return new FlatTable(bytes, readUint(bytes, 0, 4));
  }

  byte(field: number): number | undefined {
    const at = this.#find(field);
    return at === undefined ? undefined : readUint(this.#bytes, at, 1);
  }

  /** A 64-bit integer; lengths beyond what a double holds are beyond every file too. */
  long(field: number): number {
    const at = this.#find(field);
    return at === undefined ? 0 : readLong(this.#bytes, at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#find(field);
    return at === undefined ? undefined : new FlatTable(this.#bytes, at + readUint(this.#bytes, at, 4));
  }

  /** Number of elements of a vector, all of which lie in the buffer. */
  vectorLength(field: number, elementBytes: number): number {
    const start = this.#vector(field);
    if (start === undefined) {
      return 0;
    }
    const length = readUint(this.#bytes, start, 4);
    if (start + 4 + length * elementBytes > this.#bytes.length) {
      throw new FlatbufferError(`a list of ${length} items in ${this.#bytes.length} bytes`);
    }
    return length;
  }

  /** The tables of a vector of tables. */
  *tables(field: number): Generator<FlatTable> {
    const length = this.vectorLength(field, 4);
    for (let i = 0; i < length; i++) {
      const at = this.#vector(field)! + 4 + 4 * i;
      yield new FlatTable(this.#bytes, at + readUint(this.#bytes, at, 4));
    }
  }

  /** The first member, a 64-bit integer, of each struct in a vector. */
  *structHeads(field: number, structBytes: number): Generator<number> {
    const length = this.vectorLength(field, structBytes);
    for (let i = 0; i < length; i++) {
      yield readLong(this.#bytes, this.#vector(field)! + 4 + i * structBytes);
    }
  }

  #vector(field: number): number | undefined {
    const at = this.#find(field);
    return at === undefined ? undefined : at + readUint(this.#bytes, at, 4);
  }

  #find(field: number): number | undefined {
    const layout = this.#position - (readUint(this.#bytes, this.#position, 4) | 0);
    const slot = 4 + 2 * field;
    if (slot + 2 > readUint(this.#bytes, layout, 2)) {
      return undefined;
    }
    const offset = readUint(this.#bytes, layout + slot, 2);
    return offset === 0 ? undefined : this.#position + offset;
  }
}

function readLong(bytes: Buffer, at: number): number {
  return (readUint(bytes, at + 4, 4) | 0) * 4_294_967_296 + readUint(bytes, at, 4);
}

function readUint(bytes: Buffer, at: number, size: 1 | 2 | 4): number {
  if (at < 0 || at + size > bytes.length) {
    throw new FlatbufferError(`an offset to ${at} in ${bytes.length} bytes`);
  }
  return bytes.readUIntLE(at, size);
}
