import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { Cell, ColumnType, Row, Table } from '../query/table.ts';
import type { TableWriter } from './table-format.ts';

/** A table as a Parquet file, a row group for each batch of rows, compressed with Snappy. */
export const writeParquet: TableWriter = async function* (table, options) {
  const file = new ParquetFile(table, options.version);
  for await (const rows of table.batches()) {
    yield file.write(rows);
  }
  yield file.end();
};

const TYPES = { int32: 'INT32', int64: 'INT64', double: 'DOUBLE', text: 'STRING' } as const satisfies Record<
  ColumnType,
  string
>;

class ParquetFile {
  readonly #table: Table;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;

  constructor(table: Table, version: string) {
    this.#table = table;
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaFromColumnData({ columnData: this.#toColumns([]) }),
      kvMetadata: Array.from(table.metadata, ([key, value]) => ({ key, value })),
      createdBy: `holdwait version ${version}`,
    });
  }

  write(rows: readonly Row[]): Uint8Array {
    this.#writer.write({ columnData: this.#toColumns(rows), rowGroupSize: rows.length });
    return this.#take();
  }

  end(): Uint8Array {
    this.#writer.finish();
    return this.#take();
  }

  #toColumns(rows: readonly Row[]) {
    return this.#table.columns.map(({ name, type }, i) => ({
      name,
      type: TYPES[type],
      data: rows.map((row) => toValue(type, row[i])),
    }));
  }

  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function toValue(type: ColumnType, cell: Cell): Cell | bigint {
  return type === 'int64' && cell !== undefined ? BigInt(cell) : cell;
}
