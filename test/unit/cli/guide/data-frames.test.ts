import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { readGuide } from '../../../../src/cli/guide/topics.ts';
import { runCli } from '../run-cli.ts';
import { splitCalls } from '../shared/split-words.ts';
import { findCodeBlocks, findPrograms } from './code-blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdwait-frames-'));

describe('the page on data frames', () => {
  let duckdb: DuckDBConnection;
  before(async () => {
    const lines = findCodeBlocks(readGuide('data-frames')).find(({ language }) => language === 'sh')!.text;
    for (const words of lines.split('\n').flatMap(splitCalls)) {
      const inFolder = words.map((word) => (/^(big|waits)\./.test(word) ? join(folder, word) : word));
      const { status, stderr } = await runCli(inFolder);
      assert.equal(status, 0, stderr);
    }
    duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    await duckdb.run(`SET file_search_path = '${folder}'`);
  });
  after(() => {
    duckdb.closeSync();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lists the columns that there are', async () => {
    const rows = readGuide('data-frames').match(/(?<=^\| )(?:`\w+`(?:, )?)+(?= \|)/gm)!;
    const listed = rows.flatMap((row) => row.match(/\w+/g)!);
    const { columns } = await query("SELECT * FROM 'waits.parquet' LIMIT 0");
    assert.deepEqual(columns.filter((name) => name !== 'wait_id').sort(), listed.sort());
  });

  for (const { text, prints, line } of findPrograms('data-frames', 'sql')) {
    it(`gets from DuckDB what it says on line ${line}`, async () => {
      const { columns, rows } = await query(text);
      assert.equal([columns, ...rows].map((row) => `${row.join(',')}\n`).join(''), prints);
    });
  }

  async function query(sql: string): Promise<{ columns: string[]; rows: string[][] }> {
    const result = await duckdb.runAndReadAll(sql);
    return { columns: result.columnNames(), rows: result.getRows().map((row) => row.map(String)) };
  }
});
