import type { BatchColumn, ColumnBatch } from './arrow-batches.ts';
import { slotAt, type TextColumn, TextColumnReader } from './arrow-decode.ts';
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
  /** A column that is not there is null in every row. */
  readonly texts: Readonly<Partial<Record<ReadTextColumn, TextColumn>>>;
  /** Whether any row says which task it is about. */
  readonly namesTasks: boolean;
  readonly #batch: ColumnBatch;

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
  }

  column(name: NumberColumn): BatchColumn | undefined {
    return this.#batch.columns.get(name);
  }

  /** The text in one row; undefined = null, or no text. */
  text(name: ReadTextColumn, row: number): string | undefined {
    const column = this.texts[name];
    const text = column?.texts[slotAt(column, row) - 1];
    return typeof text === 'string' ? text : undefined;
  }
}
