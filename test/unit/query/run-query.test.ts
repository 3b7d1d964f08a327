import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { openCaptureDatabase } from '../../../src/query/capture-database.ts';
import { runQuery } from '../../../src/query/run-query.ts';
import { createSource, HoldwaitError, openTrace } from '../../../src/trace/index.ts';
import { buildTrace, RECORDS, temporaryFolder } from '../store/sample-trace.ts';
import { queryCapture } from './query-capture.ts';

const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
const source = () => openTrace(buildTrace(RECORDS));

async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}

/** Statements that are refused, each with what is said. */
const REFUSED: readonly (readonly [sql: string, fault: RegExp])[] = [
  ["ATTACH '/tmp/other.db' AS other", /only statements that read/],
  ['PRAGMA journal_mode = WAL', /only statements that read/],
  ['PRAGMA query_only', /only statements that read/],
  ['-- SELECT\nPRAGMA query_only', /only statements that read/],
  ['/* SELECT */ DELETE FROM wait', /only statements that read/],
  ['WITH w AS (SELECT 1) INSERT INTO loss SELECT 1, 1, 1', /only statements that read/],
  ['INSERT INTO loss VALUES (1, 1, 1) RETURNING *', /only statements that read/],
  ['CREATE TEMP TABLE t (a)', /only statements that read/],
  ['BEGIN', /only statements that read/],
  ['SELECT 1; DELETE FROM wait', /more than one statement/],
  ["SELECT load_extension('/tmp/x.so')", /not authorized/],
  ["SELECT writefile('/tmp/x', 'y')", /no such function/],
  ["SELECT readfile('/etc/passwd')", /no such function/],
  ['SELECT length(randomblob(900000000))', /memory|too big/],
  ['SELECT * FROM wait_times', /no such table: wait_times/],
  ['SELEC 1', /syntax error/],
  ['', /no statements/],
];

describe('a query', () => {
  it('only reads', async () => {
    await queryCapture(source(), async (ask, path) => {
      for (const [sql, fault] of REFUSED) {
        await assert.rejects(ask(sql), (error: HoldwaitError) => {
          assert.ok(error instanceof HoldwaitError, sql);
          assert.deepEqual([error.category, error.code], ['usage', 'SQL_FAILED'], sql);
          assert.match(error.message, fault, sql);
          assert.match(error.hint!, /holdwait query FILE.*waits, holds, edges/, sql);
          return true;
        });
      }
      assert.deepEqual(readdirSync(dirname(path)), ['capture.db']);
      assert.deepEqual(await ask('SELECT count(*) AS n FROM losses'), [{ n: 1 }]);
    });
  });

  it('may end while its rows are read, and fail there', async () => {
    await queryCapture(source(), async (ask) => {
      assert.deepEqual(await ask(`${ENDLESS} SELECT i FROM n`, 3), [{ i: 1 }, { i: 2 }, { i: 3 }]);
      const late = `${ENDLESS} SELECT CASE i WHEN 5000 THEN abs(-9223372036854775807 - 1) ELSE i END FROM n`;
      await assert.rejects(ask(late), /integer overflow/);
    });
  });

  it('says whether rows were left out', async () => {
    await queryCapture(source(), async (_, path) => {
      for (const [maxRows, isCut] of [
        [1, true],
        [2, false],
        [3, false],
      ] as const) {
        const result = await runQuery(path, 'VALUES (1), (2)', { maxRows });
        const rows = await toArray(result.rows);
        assert.deepEqual([rows.length, result.isCut()], [Math.min(maxRows, 2), isCut]);
      }
    });
  });

  it('gives every value as it is', async () => {
    await queryCapture(source(), async (ask) => {
      assert.deepEqual(
        await ask(`SELECT 9007199254740991 AS most, 9007199254740993 AS more, 1.5 AS half, x'00ff' AS bytes,
          NULL AS missing, 'a"\n\u2028' AS words, 1 AS twice, 2 AS twice`),
        [
          {
            most: 9_007_199_254_740_991,
            more: '9007199254740993',
            half: 1.5,
            bytes: '00ff',
            missing: null,
            words: 'a"\n\u2028',
            twice: 1,
            twice_2: 2,
          },
        ],
      );
    });
  });

  it('ends with its signal, however busy it is', async () => {
    await queryCapture(source(), async (_, path) => {
      const controller = new AbortController();
      const result = await runQuery(path, `${ENDLESS} SELECT count(*) FROM n`, {
        maxRows: 1,
        signal: controller.signal,
      });
      const reading = toArray(result.rows);
      controller.abort(new Error('enough'));
      await assert.rejects(reading, /enough/);
    });
  });

  it('does not begin if the signal came before', async () => {
    await queryCapture(source(), async (_, path) => {
      const signal = AbortSignal.abort(new Error('before'));
      await assert.rejects(
        runQuery(path, `${ENDLESS} SELECT count(*) FROM n`, { maxRows: 1, signal }),
        /before/,
      );
    });
  });

  it('says that its process cannot be started', async (t) => {
    t.mock.property(process, 'execPath', '/nowhere/node');
    await assert.rejects(runQuery('a.db', 'SELECT 1', { maxRows: 1 }), {
      code: 'ENOENT',
      syscall: 'spawn /nowhere/node',
    });
  });
});

describe('the database of a capture', () => {
  it('is gone when it is closed', async () => {
    const database = await openCaptureDatabase(source(), {}, () => {});
    assert.ok(existsSync(database.path));
    database.close();
    assert.ok(!existsSync(dirname(database.path)));
  });

  it('leaves nothing behind where it cannot be made', async (t) => {
    const folder = temporaryFolder(t);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    t.after(() => {
      process.env.TMPDIR = before ?? '';
    });
    const damaged = createSource(function* () {
      yield 0;
      throw new HoldwaitError('input', 'CAPTURE_CORRUPT', 'torn', { hint: 'none' });
    });
    await assert.rejects(
      openCaptureDatabase(damaged, {}, () => {}),
      /torn/,
    );
    const stop = () => {
      throw new Error('enough');
    };
    await assert.rejects(openCaptureDatabase(source(), {}, stop), /enough/);
    assert.deepEqual(readdirSync(folder), []);
    process.env.TMPDIR = join(folder, 'none');
    await assert.rejects(
      openCaptureDatabase(source(), {}, () => {}),
      /none does not exist/,
    );
  });

  it('has events only where they are asked for', async () => {
    const database = await openCaptureDatabase(source(), {}, () => {});
    try {
      const { rows } = await runQuery(database.path, 'SELECT count(*) FROM events', { maxRows: 1 });
      assert.deepEqual(await toArray(rows), [[0]]);
    } finally {
      database.close();
    }
  });
});
