import { openCaptureDatabase } from '../../../src/query/capture-database.ts';
import {
  type QueryCell,
  type QueryOptions,
  type QueryProcess,
  startQuery,
} from '../../../src/query/run-query.ts';
import type { TraceSource } from '../../../src/trace/index.ts';

export type QueryRow = Readonly<Record<string, QueryCell>>;
export type Ask = (sql: string, maxRows?: number) => Promise<QueryRow[]>;

/** Gives `use` a function that asks a capture, all views filled. */
export function queryCapture<T>(source: TraceSource, use: (ask: Ask) => Promise<T>): Promise<T> {
  return use((sql, maxRows = Number.POSITIVE_INFINITY) =>
    withQuery(source, { maxRows }, async (query) => {
      const { columns, rows } = await query.run(sql);
      const all: QueryRow[] = [];
      for await (const row of rows) {
        all.push(Object.fromEntries(columns.map((name, i) => [name, row[i]!])));
      }
      return all;
    }),
  );
}

/** Gives `use` a process that has a capture's database open, all views filled. */
export async function withQuery<T>(
  source: TraceSource,
  options: QueryOptions,
  use: (query: QueryProcess) => Promise<T>,
): Promise<T> {
  const query = await openCaptureDatabase(
    source,
    { withEvents: true },
    () => {},
    (path) => startQuery(path, options),
  );
  try {
    return await use(query);
  } finally {
    await query.close();
  }
}
