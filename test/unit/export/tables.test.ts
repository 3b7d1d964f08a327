import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import * as flechette from '@uwdata/flechette';
import { RecordBatchReader, tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { collectSpans, type HoldSpan, type SpanTables, type WaitSpan } from '../../../analysis/index.ts';
import { escapeWhole } from '../../../src/report/escape.ts';
import { loadCapture, openSource } from '../../../src/store/load-capture.ts';
import { openTrace, type Trace, traceRecords } from '../../../src/trace/index.ts';
import { SpanLists } from '../analysis/spans/span-lists.ts';
import { GOLDEN, goldenPath } from '../golden-captures.ts';
import { anyRecord, buildTrace, plainTrace, RECORDS, temporaryFolder } from '../store/sample-trace.ts';
import { exportBytes, exportFile } from './export-file.ts';

type Row = Readonly<Record<string, string | number | null>>;

let duckdb: DuckDBInstance;
let connection: DuckDBConnection;

before(async () => {
  duckdb = await DuckDBInstance.create();
  connection = await duckdb.connect();
});
after(() => {
  connection.closeSync();
  duckdb.closeSync();
});

async function readParquet(path: string): Promise<Row[]> {
  const result = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`);
  return result.getRowObjectsJS().map(plain);
}

/** Every cell as the text that it is. */
async function readCsv(path: string): Promise<Row[]> {
  const result = await connection.runAndReadAll(
    `SELECT * FROM read_csv('${path}', header = true, all_varchar = true, allow_quoted_nulls = false,
      delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', auto_detect = false, columns = ${csvColumns(path)})`,
  );
  return result.getRowObjectsJS().map(plain);
}

function csvColumns(path: string): string {
  const [header] = readFileSync(path, 'utf8').split('\r\n', 1);
  return `{${header!.split(',').map((name) => `'${name}': 'VARCHAR'`)}}`;
}

function plain(row: object): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}

const EVENT_COLUMNS =
  'type ts tid pid comm kind res label mode stack holder evidence fn size gfp count reason text'.split(' ');

/** The table of events as it has to be, made from the records one by one. */
function expectedEvents(trace: Trace): Row[] {
  const names = new Map<number, { pid?: number; comm?: string }>();
  const attachments = trace.attachments.map(({ name, text }) => ({ type: 'attachment', label: name, text }));
  const records = Array.from(traceRecords(trace), (record) => {
    if (record.type === 'task') {
      names.set(record.tid!, record);
    }
    const { pid, comm } = names.get(record.tid!) ?? {};
    const stack = record.stack?.map((frame) => frame.replace(/[\\;]/g, '\\$&')).join(';');
    return { ...record, pid, comm, stack };
  });
  return [...attachments, ...records].map((record: Record<string, unknown>) =>
    Object.fromEntries(EVENT_COLUMNS.map((name) => [name, record[name] ?? null])),
  ) as Row[];
}

/** What a CSV shows of a row. */
function inCsv(row: Row): Row {
  const cells = Object.entries(row).filter(([name]) => name !== 'text');
  return Object.fromEntries(
    cells.map(([name, cell]) => {
      return [name, typeof cell === 'string' ? harmless(escapeWhole(cell)) : (cell?.toString() ?? null)];
    }),
  );
}

function harmless(text: string): string {
  const begins = /^[=+\-@＝＋－＠]/;
  const cells = text.split(';').map((cell) => (begins.test(cell) ? `'${cell}` : cell));
  return cells.join(';');
}

const READERS = {
  'apache-arrow': (bytes: Buffer): Row[] =>
    tableFromIPC(bytes)
      .toArray()
      .map((row) => plain(row.toJSON())),
  flechette: (bytes: Buffer): Row[] =>
    flechette
      .tableFromIPC(bytes, { useBigInt: true })
      .toArray()
      .map((row) => plain(row)),
};

async function checkEvents(trace: Trace, folder: string): Promise<void> {
  const expected = expectedEvents(trace);
  const bytes = await exportBytes(openTrace(trace), 'arrow');
  for (const [reader, read] of Object.entries(READERS)) {
    assert.deepEqual(read(bytes), expected, reader);
  }
  const parquet = await exportFile(join(folder, 'a.parquet'), openTrace(trace), 'parquet');
  assert.deepEqual(await readParquet(parquet), expected);
  const csv = await exportFile(join(folder, 'a.csv'), openTrace(trace), 'csv');
  assert.deepEqual(await readCsv(csv), expected.filter(({ text }) => text === null).map(inCsv));
}

describe('the table of events', () => {
  for (const name of GOLDEN) {
    it(`is read by other programs: ${name}`, async (t) => {
      await checkEvents(await loadCapture(goldenPath(`${name}.ndjson`)), temporaryFolder(t));
    });
  }

  it('is read by other programs, whatever is in it', async (t) => {
    const folder = temporaryFolder(t);
    await checkEvents(buildTrace(RECORDS), folder);
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { maxLength: 12 }), (records) =>
        checkEvents(buildTrace(records), folder),
      ),
      { numRuns: 40 },
    );
  });

  it('may have no rows, and more than fit into a batch', async (t) => {
    const folder = temporaryFolder(t);
    const many = Array.from({ length: 33_000 }, (_, i) => ({
      type: 'wait_begin' as const,
      ts: i,
      tid: i % 1000,
      kind: 'mutex',
      res: `r${i % 500}`,
      stack: [`f${i % 100}`],
    }));
    await checkEvents({ ...buildTrace([]), attachments: [] }, folder);
    await checkEvents(buildTrace(many), folder);
  });

  it('is a capture itself as an Arrow file', async (t) => {
    const folder = temporaryFolder(t);
    const check = async (trace: Trace): Promise<void> => {
      const path = await exportFile(join(folder, 'a.arrow'), openTrace(trace), 'arrow');
      assert.deepEqual(plainTrace(await loadCapture(path)), plainTrace(trace));
    };
    for (const name of GOLDEN) {
      await check(await loadCapture(goldenPath(`${name}.ndjson`)));
    }
    await check(buildTrace(RECORDS));
  });

  it('has whole dictionaries, before the first rows', async () => {
    const bytes = await exportBytes(openTrace(buildTrace(RECORDS)), 'arrow');
    assert.equal(bytes.toString('latin1', 0, 6), 'ARROW1');
    assert.equal(bytes.toString('latin1', bytes.length - 6), 'ARROW1');
    // A reader of streams, which has seen nothing of what comes later.
    const reader = RecordBatchReader.from(bytes.subarray(8));
    const rows = Array.from(reader, (batch) => batch.numRows);
    assert.equal(
      rows.reduce((sum, n) => sum + n, 0),
      expectedEvents(buildTrace(RECORDS)).length,
    );
  });
});

/** What must be the same in the tables and the spans, whatever else is told. */
async function expectedSpans(trace: Trace): Promise<{ waits: Row[]; holds: Row[] }> {
  const { sink, tables } = await collectSpans(openTrace(trace), {}, () => new SpanLists());
  return {
    waits: sink.waits.map((span) => ({
      ...spanRow(span, tables),
      wait_ns: span.endNs - span.beginNs,
      blockers: span.blockers.length,
      blocker_tid: span.blockers.length === 1 ? (span.blockers[0]!.tid ?? null) : null,
    })),
    holds: sink.holds.map((span) => ({ ...spanRow(span, tables), hold_ns: span.endNs - span.beginNs })),
  };
}

function spanRow(span: WaitSpan | HoldSpan, { tasks, resources, stacks }: SpanTables): Row {
  return {
    task: tasks.get(span.task)!.name,
    tid: span.tid,
    kind: resources.kind(span.resource),
    res: resources.id(span.resource),
    label: resources.label(span.resource) ?? null,
    mode: span.mode ?? null,
    begin_ns: span.beginNs,
    end_ns: span.end === 'open' ? null : span.endNs,
    outcome: span.end,
    stack: span.stack < 0 ? null : stacks.get(span.stack).join(';'),
  };
}

function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

describe('the tables of waits and holds', () => {
  for (const name of GOLDEN) {
    it(`are what the analysis tells: ${name}`, async (t) => {
      const folder = temporaryFolder(t);
      const path = goldenPath(`${name}.ndjson`);
      const expected = await expectedSpans(await loadCapture(path));
      for (const table of ['waits', 'holds'] as const) {
        const bytes = await exportBytes(await openSource(path), 'arrow', table);
        const file = await exportFile(join(folder, table), await openSource(path), 'parquet', table);
        const inParquet = await readParquet(file);
        for (const [reader, read] of Object.entries(READERS)) {
          assert.deepEqual(read(bytes), inParquet, reader);
        }
        const wanted = Object.keys(expected[table][0] ?? {});
        const told = inParquet.map((row) => Object.fromEntries(wanted.map((key) => [key, row[key]!])));
        assert.deepEqual(sorted(told), sorted(expected[table]));
        const begins = inParquet.map((row) => row.begin_ns as number);
        assert.deepEqual(
          begins,
          begins.toSorted((a, b) => a - b),
        );
        const csv = await exportFile(join(folder, 'a.csv'), await openSource(path), 'csv', table);
        assert.deepEqual(await readCsv(csv), inParquet.map(inCsv));
      }
    });
  }
});

describe('a CSV', () => {
  it('gives a spreadsheet nothing to compute and a terminal nothing to act on', async (t) => {
    const comms = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '＝1+1',
      'a;=1;b',
      '\x1b[31m',
      '\u202egnp',
      'a\r\n=b',
      'two, "three"',
      '',
    ];
    const trace = buildTrace(comms.map((comm, i) => ({ type: 'task' as const, tid: i + 1, comm })));
    const path = join(temporaryFolder(t), 'a.csv');
    const bytes = await exportBytes(openTrace(trace), 'csv');
    writeFileSync(path, bytes);
    assert.deepEqual(
      (await readCsv(path)).map(({ comm }) => comm),
      [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'＝1+1",
        "a;'=1;b",
        '\\x1b[31m',
        '\\u{202e}gnp',
        'a\\x0d\\x0a=b',
        'two, "three"',
        '',
      ],
    );
    assert.equal(bytes.toString().split('\r\n').length, comms.length + 2);
  });

  it('leaves numbers as they are', async (t) => {
    const trace = buildTrace([{ type: 'task', tid: -5, comm: 'a' }]);
    const path = await exportFile(join(temporaryFolder(t), 'a.csv'), openTrace(trace), 'csv');
    assert.equal((await readCsv(path))[0]!.tid, '-5');
  });
});
