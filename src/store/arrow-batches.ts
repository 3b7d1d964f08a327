import type { Data, Dictionary, Schema, Vector } from 'apache-arrow';
import { DataType } from 'apache-arrow';
import {
  type DictionaryBatch,
  type FieldNode,
  Message,
  type RecordBatch,
} from 'apache-arrow/ipc/metadata/message';
import { VectorLoader } from 'apache-arrow/visitor/vectorloader';
import { type ArrowMessage, type MessageBody, MessageKind } from './arrow-messages.ts';

/** A dictionary as it comes: the same object for as long as it only grows. */
export class ChunkedDictionary {
  #unread: Data[] = [];
  readonly #texts: TextValue[] = [];

  add(chunk: Data): void {
    this.#unread.push(chunk);
  }

  /** All entries so far, taken out of their chunks when they are first asked for: a chunk is a message's whole body. */
  texts(read: (chunk: Data) => readonly TextValue[]): readonly TextValue[] {
    const unread = this.#unread;
    this.#unread = [];
    for (const chunk of unread) {
      for (const text of read(chunk)) {
        this.#texts.push(text);
      }
    }
    return this.#texts;
  }
}

/** A text or, in a column of lists, several; undefined = none that can be read. */
export type TextValue = string | readonly (string | undefined)[] | undefined;

/** One column of a batch. */
export interface BatchColumn {
  readonly data: Data;
  /** Of a dictionary-encoded column; undefined if none was sent for it. */
  readonly dictionary: ChunkedDictionary | undefined;
}

export interface ColumnBatch {
  readonly length: number;
  /** Those that are wanted, by name; of two with one name the first counts. Valid until the next message is read. */
  readonly columns: ReadonlyMap<string, BatchColumn>;
}

/** A body that is compressed with something that this program cannot undo. */
export class CompressedError extends Error {}

const NO_DICTIONARIES: Map<number, Vector> = new Map();

/**
 * Decodes messages with the library's own loader, but keeps the dictionaries itself: the library's reader copies a
 * dictionary with every delta, which makes an hour's capture of small batches take minutes.
 */
export class BatchDecoder {
  readonly #schema: Schema;
  readonly #isWanted: (name: string) => boolean;
  readonly #wantedDictionaries: ReadonlySet<number>;
  readonly #dictionaries = new Map<number, ChunkedDictionary>();

  /** @param isWanted whether a column of this name will be looked at; others are neither read nor kept */
  constructor(schema: Schema, isWanted: (name: string) => boolean) {
    this.#schema = schema;
    this.#isWanted = isWanted;
    const wanted = schema.fields.filter(({ name, type }) => isWanted(name) && DataType.isDictionary(type));
    this.#wantedDictionaries = new Set(wanted.map(({ type }) => (type as Dictionary).id));
  }

  /** A batch of rows; undefined = the message was a dictionary and is remembered. */
  decode({ kind, header, body }: ArrowMessage): ColumnBatch | undefined {
    const content: unknown = Message.decode(header).header();
    if (kind === MessageKind.records) {
      return this.#decodeRows(content as RecordBatch, body);
    }
    this.#addDictionary(content as DictionaryBatch, body);
    return undefined;
  }

  #addDictionary({ id, isDelta, data }: DictionaryBatch, body: MessageBody): void {
    const type = this.#schema.dictionaries.get(id);
    if (type === undefined || !this.#wantedDictionaries.has(id)) {
      return;
    }
    const known = isDelta ? this.#dictionaries.get(id) : undefined;
    const dictionary = known ?? new ChunkedDictionary();
    dictionary.add(this.#loader(data, new Uint8Array(body.read(0, body.sizeBytes))).visit(type));
    this.#dictionaries.set(id, dictionary);
  }

  #decodeRows(batch: RecordBatch, body: MessageBody): ColumnBatch {
    const loader = this.#loader(batch, NO_BYTES);
    loader.body = body;
    const columns = new Map<string, BatchColumn>();
    for (const { name, type } of this.#schema.fields) {
      const isWanted = this.#isWanted(name) && !columns.has(name);
      const data = loader.load(type, isWanted);
      if (isWanted) {
        const id = DataType.isDictionary(type) ? (type as Dictionary).id : undefined;
        columns.set(name, { data, dictionary: id === undefined ? undefined : this.#dictionaries.get(id) });
      }
    }
    return { length: batch.length, columns };
  }

  #loader(
    { nodes, buffers, compression, variadicBufferCounts }: RecordBatch,
    bytes: Uint8Array,
  ): ColumnLoader {
    if (compression !== null) {
      throw new CompressedError('its record batches are compressed');
    }
    const { metadataVersion } = this.#schema;
    return new ColumnLoader(bytes, nodes, buffers, NO_DICTIONARIES, metadataVersion, variadicBufferCounts);
  }
}

const NO_BYTES = new Uint8Array(0);

/** The library's loader, but a column's bytes are read only if they are wanted and not all null. */
class ColumnLoader extends VectorLoader {
  /** undefined = all bytes are there already. */
  body: MessageBody | undefined;
  #isTop = false;
  #skips = false;

  load(type: DataType, isWanted: boolean): Data {
    this.#isTop = true;
    this.#skips = !isWanted;
    return this.visit(type);
  }

  protected override nextFieldNode(): FieldNode {
    const node = super.nextFieldNode();
    this.#skips ||= this.#isTop && node.nullCount >= node.length;
    this.#isTop = false;
    return node;
  }

  protected override readData<T extends DataType>(type: T, range = this.nextBufferRange()): Uint8Array {
    if (this.body === undefined) {
      return super.readData(type, range);
    }
    return this.#skips ? NO_BYTES : this.body.read(range.offset, range.length);
  }
}
