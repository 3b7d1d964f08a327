import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Utf8,
  type Vector,
} from 'apache-arrow';
import { Message } from 'apache-arrow/ipc/metadata/message';
import type { Cell, ColumnType, Row, Table, TableColumn } from '../query/table.ts';
import { type ColumnValues, GrowingDictionary, makeColumn, withDictionary } from '../store/arrow-columns.ts';
import { CollectingQueue } from '../store/collecting-queue.ts';
import { NO_TID, NONE, StringTable } from '../trace/index.ts';
import type { TableWriter } from './table-format.ts';

/**
 * A table as an Arrow IPC file. Text is dictionary encoded, with every dictionary whole and before the first batch: readers
 * of files that know neither deltas nor dictionaries further down are in use.
 */
export const writeArrow: TableWriter = async function* (table) {
  const file = new ArrowFile(table);
  for await (const rows of table.batches()) {
    yield file.write(rows);
  }
  yield file.end();
};

class ArrowFile {
  readonly #columns: readonly ArrowColumn[];
  readonly #schema: Schema;
  readonly #queue = new CollectingQueue();
  readonly #writer = new FileWriter();

  constructor(table: Table) {
    this.#columns = table.columns.map((column, id) => createColumn(column, id, table));
    this.#schema = new Schema(
      this.#columns.map(({ field }) => field),
      new Map(table.metadata),
    );
    this.#writer.reset(this.#queue, this.#schema);
  }

  write(rows: readonly Row[]): Uint8Array {
    const children = this.#columns.map(({ make }, i) => make(rows.map((row) => row[i])));
    const type = new Struct(this.#schema.fields);
    const data = makeData({ type, length: rows.length, nullCount: 0, children });
    this.#writer.write(new RecordBatch(this.#schema, data));
    return this.#queue.take();
  }

  end(): Uint8Array {
    this.#writer.close();
    return this.#queue.take();
  }
}

/** Many read a file as the stream that it is between its ends; the library's own writer leaves the schema to the footer. */
class FileWriter extends RecordBatchFileWriter {
  protected override _writeSchema(schema: Schema): this {
    super._writeSchema(schema);
    return this._writeMessage(Message.from(schema));
  }
}

interface ArrowColumn {
  readonly field: Field;
  make(cells: readonly Cell[]): Data;
}

/** Beyond what any number here is. */
const MISSING = -(2 ** 53);

function createColumn(column: TableColumn, id: number, table: Table): ArrowColumn {
  if (column.type === 'text' && !column.isDocument) {
    return createDictionaryColumn(column.name, id, table.texts(column.name));
  }
  const type = TYPES[column.type]();
  return {
    field: new Field(column.name, type, true),
    make: (cells) =>
      column.type === 'int32'
        ? makeColumn(
            type,
            Int32Array.from(cells, (cell) => (cell as number) ?? NO_TID),
            cells.length,
            NO_TID,
          )
        : makeColumn(type, toValues(column.type, cells), cells.length, MISSING),
  };
}

const TYPES = {
  int32: () => new Int32(),
  int64: () => new Int64(),
  double: () => new Float64(),
  text: () => new Utf8(),
} as const satisfies Record<ColumnType, () => DataType>;

function toValues(type: ColumnType, cells: readonly Cell[]): ColumnValues {
  return type === 'text'
    ? (cells as readonly (string | undefined)[])
    : Float64Array.from(cells, (cell) => (cell as number) ?? MISSING);
}

function createDictionaryColumn(name: string, id: number, texts: Iterable<string>): ArrowColumn {
  const table = new StringTable();
  for (const text of texts) {
    table.intern(text);
  }
  const dictionary: Vector = new GrowingDictionary().extend(table.size, (i) => table.get(i));
  const type = new Dictionary(new Utf8(), new Int32(), id);
  return {
    field: new Field(name, type, true),
    make: (cells) => {
      const indexes = Int32Array.from(cells, (cell) =>
        cell === undefined ? NONE : table.find(cell as string)!,
      );
      return withDictionary(makeColumn(type.indices, indexes, cells.length, NONE), type, dictionary);
    },
  };
}
