import type { BatchColumn, ColumnBatch } from './arrow-batches.ts';
import { TextColumnReader } from './arrow-decode.ts';
import { checkNumbers, isAllNull } from './arrow-numbers.ts';
import { NUMBER_COLUMNS, type NumberColumn, READ_TEXT_COLUMNS, type ReadTextColumn } from './arrow-schema.ts';

/** The texts of every column, over all batches. */
export type TextReaders = Readonly<Record<ReadTextColumn, TextColumnReader>>;

export function createTextReaders(): TextReaders {
  const readers = READ_TEXT_COLUMNS.map((name) => [name, new TextColumnReader(name)]);
  return Object.fromEntries(readers) as TextReaders;
}

/** A batch whose columns are known to be of their types and long enough. Valid until the next one is made. */
export class BatchRows {
  readonly length: number;
  /** By row, indexes into the readers' values; a column that is not there is null in every row. */
  readonly texts: Readonly<Partial<Record<ReadTextColumn, Int32Array>>>;
  /** Whether any row says which task it is about. */
  readonly namesTasks: boolean;
  readonly #batch: ColumnBatch;
  readonly #readers: TextReaders;

  /** @throws ColumnError */
  constructor(batch: ColumnBatch, readers: TextReaders) {
    const { columns, length } = batch;
    for (const name of NUMBER_COLUMNS) {
      checkNumbers(name, columns.get(name), length);
    }
    const texts = READ_TEXT_COLUMNS.map((name) => [name, readers[name].decode(columns.get(name), length)]);
    this.length = length;
    this.texts = Object.fromEntries(texts);
    this.namesTasks = this.texts.comm !== undefined || !isAllNull(columns.get('pid'), length);
    this.#batch = batch;
    this.#readers = readers;
  }

  column(name: NumberColumn): BatchColumn | undefined {
    return this.#batch.columns.get(name);
  }

  /** The text in one row; undefined = null, or no text. */
  text(name: ReadTextColumn, row: number): string | undefined {
    const index = this.texts[name]?.[row] ?? -1;
    const value = index < 0 ? undefined : this.#readers[name].values[index];
    return typeof value === 'string' ? value : undefined;
  }
}
