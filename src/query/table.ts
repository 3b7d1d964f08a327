/** What the cells of a column are; any may be missing. `int64`: integers that a JS number holds exactly. */
export type ColumnType = 'int32' | 'int64' | 'double' | 'text';

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Text of which each is there once, and long: a kernel log. */
  readonly isDocument?: true;
}

export type Cell = string | number | undefined;

/** By position of the column. */
export type Row = readonly Cell[];

/** Rows of any number, for the formats of rows and columns. */
export interface Table {
  readonly columns: readonly TableColumn[];
  /** What a format that has a place for it keeps of the table as a whole. */
  readonly metadata: ReadonlyMap<string, string>;
  /** All that may stand in a text column that has no documents, and perhaps more, also twice. */
  texts(column: string): Iterable<string>;
  batches(): AsyncIterable<readonly Row[]>;
}

/** Rows in batches of a size that formats can hold in memory. */
export function* batchRows(rows: Iterable<Row>): Generator<readonly Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length === ROWS_PER_BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}

const ROWS_PER_BATCH = 32_768;
