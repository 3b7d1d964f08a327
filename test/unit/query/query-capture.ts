import { openCaptureDatabase } from '../../../src/query/capture-database.ts';
import { type QueryCell, runQuery } from '../../../src/query/run-query.ts';
import type { TraceSource } from '../../../src/trace/index.ts';

export type QueryRow = Readonly<Record<string, QueryCell>>;
export type Ask = (sql: string, maxRows?: number) => Promise<QueryRow[]>;

/** Gives `use` a function that asks a capture, all views filled. */
export async function queryCapture<T>(
  source: TraceSource,
  use: (ask: Ask, path: string) => Promise<T>,
): Promise<T> {
  const database = await openCaptureDatabase(source, { withEvents: true }, () => {});
  try {
    return await use((sql, maxRows) => askDatabase(database.path, sql, maxRows), database.path);
  } finally {
    database.close();
  }
}

async function askDatabase(
  path: string,
  sql: string,
  maxRows = Number.POSITIVE_INFINITY,
): Promise<QueryRow[]> {
  const { columns, rows } = await runQuery(path, sql, { maxRows });
  const all: QueryRow[] = [];
  for await (const row of rows) {
    all.push(Object.fromEntries(columns.map((name, i) => [name, row[i]!])));
  }
  return all;
}
