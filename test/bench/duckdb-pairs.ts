// Run as a program: `load CAPTURE DATABASE` makes a DuckDB table of a capture's events, `pair DATABASE QUERY` runs one of
// the queries on it and prints what it found.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { openSource } from '../../src/store/index.ts';
import type { EventColumns } from '../../src/trace/index.ts';

/** Begins have even codes, and each one's end has the next. Both count the pairs of each kind and add up their times. */
const QUERIES: Readonly<Record<string, string>> = {
  // Each begin with the first end at or after it.
  asof: `
    SELECT b.type, count(*), sum(e.ts - b.ts)
    FROM (SELECT * FROM events WHERE type % 2 = 0) b
    ASOF JOIN (SELECT *, (type - 1)::UTINYINT AS begin_type FROM events WHERE type % 2 = 1) e
    ON b.type = e.begin_type AND b.tid = e.tid AND b.resource = e.resource AND b.ts <= e.ts
    GROUP BY b.type ORDER BY b.type`,
  // The first begin with the first end, the second with the second; wrong as soon as one is missing, but no work less.
  numbered: `
    WITH numbered AS (
      SELECT type // 2 AS pair, type % 2 AS is_end, tid, resource, ts,
        row_number() OVER (PARTITION BY type, tid, resource ORDER BY ts) AS number
      FROM events)
    SELECT b.pair * 2, count(*), sum(e.ts - b.ts)
    FROM (SELECT * FROM numbered WHERE is_end = 0) b
    JOIN (SELECT * FROM numbered WHERE is_end = 1) e USING (pair, tid, resource, number)
    GROUP BY b.pair ORDER BY b.pair`,
};

const TEXT_CHARS = 2 ** 20;

async function load(capture: string, database: string): Promise<void> {
  const csv = `${database}.csv`;
  const fd = openSync(csv, 'w');
  for await (const events of (await openSource(capture)).open().batches()) {
    writeRows(fd, events);
  }
  closeSync(fd);
  await withDatabase(database, {}, async (connection) => {
    const columns = "{'type': 'UTINYINT', 'ts': 'BIGINT', 'tid': 'INTEGER', 'resource': 'INTEGER'}";
    await connection.run(
      `CREATE TABLE events AS SELECT * FROM read_csv('${csv}', header = false, columns = ${columns})`,
    );
  });
  rmSync(csv);
}

function writeRows(fd: number, { length, type, tsNs, tid, resource }: EventColumns): void {
  let text = '';
  for (let i = 0; i < length; i++) {
    text += `${type[i]},${tsNs[i]},${tid[i]},${resource[i]}\n`;
    if (text.length > TEXT_CHARS) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
}

async function pair(database: string, query: string): Promise<void> {
  await withDatabase(database, { access_mode: 'READ_ONLY' }, async (connection) => {
    const result = await connection.runAndReadAll(QUERIES[query]!);
    console.log(JSON.stringify(result.getRowsJson()));
  });
}

async function withDatabase(
  path: string,
  options: Record<string, string>,
  work: (connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const instance = await DuckDBInstance.create(path, options);
  const connection = await instance.connect();
  await work(connection);
  connection.closeSync();
  instance.closeSync();
}

const [mode, from, to] = process.argv.slice(2);
await (mode === 'load' ? load(from!, to!) : pair(from!, to!));
