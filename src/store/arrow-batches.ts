import type { Data, Dictionary, Schema, Vector } from 'apache-arrow';
import { DataType } from 'apache-arrow';
import { type DictionaryBatch, Message, type RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { VectorLoader } from 'apache-arrow/visitor/vectorloader';
import { type ArrowMessage, MessageKind } from './arrow-messages.ts';

/** A dictionary as it comes: the same object for as long as it only grows. */
export interface DictionaryChunks {
  readonly chunks: readonly Data[];
}

/** One column of a batch. */
export interface BatchColumn {
  readonly data: Data;
  /** Of a dictionary-encoded column; undefined if none was sent for it. */
  readonly dictionary: DictionaryChunks | undefined;
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
  readonly schema: Schema;
  readonly #dictionaries = new Map<number, { chunks: Data[] }>();

  constructor(schema: Schema) {
    this.schema = schema;
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
    const type = this.schema.dictionaries.get(id);
    if (type === undefined) {
      return;
    }
    const chunk = this.#load(data, body).visit(type);
    const known = this.#dictionaries.get(id);
    if (isDelta && known !== undefined) {
      known.chunks.push(chunk);
    } else {
      this.#dictionaries.set(id, { chunks: [chunk] });
    }
  }

  #decodeRows(batch: RecordBatch, body: Buffer): ColumnBatch {
    const { fields } = this.schema;
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
    const { metadataVersion } = this.schema;
    return new VectorLoader(body, nodes, buffers, NO_DICTIONARIES, metadataVersion, variadicBufferCounts);
  }
}
