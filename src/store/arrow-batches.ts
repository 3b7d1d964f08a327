import type { Data, Dictionary, Schema, Vector } from 'apache-arrow';
import { DataType } from 'apache-arrow';
import { type DictionaryBatch, Message, type RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { VectorLoader } from 'apache-arrow/visitor/vectorloader';
import { type ArrowMessage, MessageKind } from './arrow-messages.ts';

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
  /** By name; of two columns with one name the first counts. */
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
  readonly #wanted: ReadonlySet<number>;
  readonly #dictionaries = new Map<number, ChunkedDictionary>();

  /** @param isWanted whether a column of this name will be read; the dictionaries of others are not kept */
  constructor(schema: Schema, isWanted: (name: string) => boolean) {
    this.#schema = schema;
    const wanted = schema.fields.filter(({ name, type }) => isWanted(name) && DataType.isDictionary(type));
    this.#wanted = new Set(wanted.map(({ type }) => (type as Dictionary).id));
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

  #addDictionary({ id, isDelta, data }: DictionaryBatch, body: Buffer): void {
    const type = this.#schema.dictionaries.get(id);
    if (type === undefined || !this.#wanted.has(id)) {
      return;
    }
    const known = isDelta ? this.#dictionaries.get(id) : undefined;
    const dictionary = known ?? new ChunkedDictionary();
    dictionary.add(this.#load(data, body).visit(type));
    this.#dictionaries.set(id, dictionary);
  }

  #decodeRows(batch: RecordBatch, body: Buffer): ColumnBatch {
    const { fields } = this.#schema;
    const children = this.#load(batch, body).visitMany(fields);
    const columns = new Map<string, BatchColumn>();
    for (const [i, { name, type }] of fields.entries()) {
      const dictionary = DataType.isDictionary(type)
        ? this.#dictionaries.get((type as Dictionary).id)
        : undefined;
      if (!columns.has(name)) {
        columns.set(name, { data: children[i]!, dictionary });
      }
    }
    return { length: batch.length, columns };
  }

  #load({ nodes, buffers, compression, variadicBufferCounts }: RecordBatch, body: Buffer): VectorLoader {
    if (compression !== null) {
      throw new CompressedError('its record batches are compressed');
    }
    const { metadataVersion } = this.#schema;
    return new VectorLoader(body, nodes, buffers, NO_DICTIONARIES, metadataVersion, variadicBufferCounts);
  }
}
