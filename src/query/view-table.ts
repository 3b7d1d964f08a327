import Database from 'better-sqlite3';
import { batchRows, type Row, type Table } from './table.ts';
import { findView } from './views.ts';

/** Where all texts of a column are to be found, by its name; columns of the rows themselves are looked up there. */
const TEXTS: Readonly<Record<string, readonly [table: string, column: string]>> = {
  task: ['internal_task', 'name'],
  comm: ['internal_task', 'comm'],
  kind: ['internal_resource', 'kind'],
  res: ['internal_resource', 'res'],
  label: ['internal_resource', 'label'],
  blocker: ['internal_blocker_set', 'names'],
  evidence: ['internal_blocker_set', 'evidence'],
  stack: ['internal_stack', 'frames'],
  release_stack: ['internal_stack', 'frames'],
};

/** Waits or holds, in the order in which they began, of a database of openCaptureDatabase(); opens it at once. */
export function openViewTable(path: string, name: 'waits' | 'holds'): Table & { close(): void } {
  const { columns } = findView(name);
  const db = new Database(path, { readonly: true, fileMustExist: true });
  const rowTable = name === 'waits' ? 'internal_wait' : 'internal_hold';
  return {
    columns,
    metadata: new Map(),
    texts: (column) => {
      const [table, of] = TEXTS[column] ?? [rowTable, column];
      return db
        .prepare<[], string>(`SELECT DISTINCT ${of} FROM ${table} WHERE ${of} IS NOT NULL`)
        .pluck()
        .iterate();
    },
    batches: () => readRows(db, `SELECT * FROM ${name} ORDER BY begin_ns, ${columns[0]!.name}`),
    close: () => db.close(),
  };
}

async function* readRows(db: Database.Database, sql: string): AsyncGenerator<readonly Row[]> {
  const statement = db.prepare<[], (string | number | null)[]>(sql).raw();
  yield* batchRows(toRows(statement.iterate()));
}

function* toRows(rows: Iterable<(string | number | null)[]>): Generator<Row> {
  for (const row of rows) {
    yield row.map((cell) => cell ?? undefined);
  }
}
