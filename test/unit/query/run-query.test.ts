import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { openCaptureDatabase } from '../../../src/query/capture-database.ts';
import { startQuery } from '../../../src/query/run-query.ts';
import { createSource, HoldwaitError, openTrace } from '../../../src/trace/index.ts';
import { buildTrace, RECORDS, temporaryFolder } from '../store/sample-trace.ts';
import { queryCapture, withQuery } from './query-capture.ts';

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
  ['/* SELECT */ DELETE FROM waits', /cannot modify waits because it is a view/],
  ['WITH w AS (SELECT 1) INSERT INTO losses SELECT 1, 1, 1', /cannot modify losses because it is a view/],
  ['DELETE FROM sqlite_schema', /may not be modified/],
  ['CREATE TEMP TABLE t (a)', /only statements that read/],
  ['BEGIN', /only statements that read/],
  ['SELECT 1; DELETE FROM waits', /more than one statement/],
  ["SELECT load_extension('/tmp/x.so')", /not authorized/],
  ["SELECT writefile('/tmp/x', 'y')", /no such function/],
  ["SELECT readfile('/etc/passwd')", /no such function/],
  ['SELECT length(randomblob(900000000))', /memory|too big/],
  ['SELECT * FROM wait_times', /no such table: wait_times/],
  ['SELECT * FROM wait', /no such table: wait$/],
  ['SELECT * FROM internal_wait', /no such table: internal_wait$/],
  ['SELECT * FROM main."INTERNAL_Task_Name" n', /no such table: INTERNAL_Task_Name$/],
  ['EXPLAIN SELECT 1 FROM waits, [internal_event]', /no such table: internal_event$/],
  ['SELEC 1', /syntax error/],
  ['', /no statements/],
];

describe('a query', () => {
  it('only reads', async () => {
    await queryCapture(source(), async (ask) => {
      for (const [sql, fault] of REFUSED) {
        await assert.rejects(ask(sql), (error: HoldwaitError) => {
          assert.ok(error instanceof HoldwaitError, sql);
          assert.deepEqual([error.category, error.code], ['usage', 'SQL_FAILED'], sql);
          assert.match(error.message, fault, sql);
          assert.match(error.hint!, /holdwait query FILE.*waits, holds, edges/, sql);
          return true;
        });
      }
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
    for (const [maxRows, isCut] of [
      [1, true],
      [2, false],
      [3, false],
    ] as const) {
      await withQuery(source(), { maxRows }, async (query) => {
        const result = await query.run('VALUES (1), (2)');
        const rows = await toArray(result.rows);
        assert.deepEqual([rows.length, result.isCut()], [Math.min(maxRows, 2), isCut]);
      });
    }
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
    const controller = new AbortController();
    await withQuery(source(), { maxRows: 1, signal: controller.signal }, async (query) => {
      const result = await query.run(`${ENDLESS} SELECT count(*) FROM n`);
      const reading = toArray(result.rows);
      controller.abort(new Error('enough'));
      await assert.rejects(reading, /enough/);
    });
  });

  it('does not begin if the signal came before', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await assert.rejects(startQuery('a.db', { maxRows: 1, signal }), /before/);
  });

  it('says that its process cannot be started', async (t) => {
    t.mock.property(process, 'execPath', '/nowhere/node');
    await assert.rejects(startQuery('a.db', { maxRows: 1 }), {
      code: 'ENOENT',
      syscall: 'spawn /nowhere/node',
    });
  });
});

describe('the database of a capture', () => {
  /** Where temporary files go while the test runs. */
  const inFolder = (t: TestContext): string => {
    const folder = temporaryFolder(t);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    t.after(() => {
      process.env.TMPDIR = before ?? '';
    });
    return folder;
  };

  it('has no name from when it is open, so that nothing can be left of it', async (t) => {
    const folder = inFolder(t);
    const seen: string[][] = [];
    const noteFiles = () => {
      seen.push(readdirSync(folder));
    };
    const reader = await openCaptureDatabase(source(), { withEvents: true }, noteFiles, (path) => {
      assert.ok(existsSync(path));
      return new Database(path, { readonly: true });
    });
    assert.ok(seen.length > 0);
    assert.deepEqual(seen.flat(), []);
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(reader.prepare('SELECT count(*) FROM losses').pluck().get(), 1);
    reader.close();
  });

  it('ends what was to read it where it cannot be made, and leaves nothing behind', async (t) => {
    const folder = inFolder(t);
    const damaged = createSource(function* () {
      yield 0;
      throw new HoldwaitError('input', 'CAPTURE_CORRUPT', 'torn', { hint: 'none' });
    });
    const stop = () => {
      throw new Error('enough');
    };
    for (const [from, onProgress, fault] of [
      [damaged, () => {}, /torn/],
      [source(), stop, /enough/],
    ] as const) {
      let isClosed = false;
      const openReader = () => ({
        close: () => {
          isClosed = true;
        },
      });
      await assert.rejects(openCaptureDatabase(from, {}, onProgress, openReader), fault);
      assert.ok(isClosed);
    }
    await assert.rejects(
      openCaptureDatabase(source(), {}, () => {}, stop),
      /enough/,
    );
    assert.deepEqual(readdirSync(folder), []);
    process.env.TMPDIR = join(folder, 'none');
    const open = openCaptureDatabase(
      source(),
      {},
      () => {},
      () => ({ close: () => {} }),
    );
    await assert.rejects(open, /none does not exist/);
  });

  it('has events only where they are asked for', async () => {
    const reader = await openCaptureDatabase(
      source(),
      {},
      () => {},
      (path) => new Database(path, { readonly: true }),
    );
    assert.equal(reader.prepare('SELECT count(*) FROM events').pluck().get(), 0);
    reader.close();
  });
});
