import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as flechette from '@uwdata/flechette';
import {
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Table,
  tableFromIPC,
  tableFromJSON,
  tableToIPC,
} from 'apache-arrow';
import fc from 'fast-check';
import { loadArrow } from '../../../src/store/arrow-load.ts';
import { ARROW_SCHEMA_VERSION, joinFrames, splitFrames } from '../../../src/store/arrow-schema.ts';
import { openArrowSink } from '../../../src/store/arrow-sink.ts';
import { loadSqlite } from '../../../src/store/sqlite-load.ts';
import { openSqliteSink } from '../../../src/store/sqlite-sink.ts';
import {
  addRecord,
  HoldwaitError,
  summariseLosses,
  TraceBuilder,
  type TraceRecord,
  traceRecords,
} from '../../../src/trace/index.ts';
import { anyRecord, buildTrace, INFO, plainTrace, RECORDS, temporaryFolder } from './sample-trace.ts';
import { writeRecords } from './write-trace.ts';

const inputError = (code: string) => (error: unknown) =>
  error instanceof HoldwaitError && error.category === 'input' && error.code === code;

async function writeSample(t: TestContext, batchSize = 3): Promise<string> {
  const path = join(temporaryFolder(t), 'sample.arrows');
  await writeRecords(openArrowSink(path, INFO), RECORDS, batchSize);
  return path;
}

function load(t: TestContext, bytes: Uint8Array) {
  const path = join(temporaryFolder(t), 'bytes.arrow');
  writeFileSync(path, bytes);
  return loadArrow(path);
}

/** The events alone: another writer keeps no more. */
function events(records: Iterable<TraceRecord>): TraceRecord[] {
  return Array.from(records).filter(({ type }) => type !== 'task' && type !== 'loss');
}

test('a capture comes back as it was, whatever the batches', async (t) => {
  for (const batchSize of [1, 3, 1000]) {
    assert.deepEqual(plainTrace(loadArrow(await writeSample(t, batchSize))), plainTrace(buildTrace(RECORDS)));
  }
});

test('any records come back the same from Arrow and SQLite', async (t) => {
  const folder = temporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { maxLength: 60 }),
      fc.integer({ min: 1, max: 70 }),
      async (records, batchSize) => {
        const [arrow, sqlite] = [join(folder, `${run}.arrows`), join(folder, `${run++}.sqlite`)];
        await writeRecords(openArrowSink(arrow, INFO), records, batchSize);
        await writeRecords(openSqliteSink(sqlite, INFO), records, batchSize);
        const expected = plainTrace(buildTrace(records));
        assert.deepEqual(plainTrace(loadArrow(arrow)), expected);
        assert.deepEqual(plainTrace(loadSqlite(sqlite)), expected);
      },
    ),
    { numRuns: 40 },
  );
});

test('another implementation of Arrow reads the same values, over growing dictionaries', async (t) => {
  const path = await writeSample(t, 1);
  const rows = flechette.tableFromIPC(readFileSync(path)).toArray() as Record<string, unknown>[];
  const number = (value: unknown) => (value === null ? undefined : Number(value));
  const text = (value: unknown) => (value === null ? undefined : String(value));
  const read = rows
    .filter(({ type }) => !['task', 'loss', 'attachment', 'capture'].includes(String(type)))
    .map((row) => ({
      type: row.type,
      ts: number(row.ts),
      tid: number(row.tid),
      kind: text(row.kind),
      res: text(row.res),
      label: text(row.label),
      mode: text(row.mode),
      stack: row.stack === null ? undefined : splitFrames(String(row.stack)),
      holder: number(row.holder),
      evidence: text(row.evidence),
      fn: text(row.fn),
      size: number(row.size),
      gfp: number(row.gfp),
    }))
    .sort((a, b) => a.ts! - b.ts!);
  assert.deepEqual(read, events(traceRecords(buildTrace(RECORDS))));
  const capture = rows.find(({ type }) => type === 'capture')!;
  assert.equal(JSON.parse(String(capture.text)).endReason, 'duration');
  const dmesg = rows.find(({ type }) => type === 'attachment')!;
  assert.deepEqual([dmesg.label, String(dmesg.text).length], ['dmesg', 580]);
});

test('a large dictionary that grows over many batches is read right by both implementations', async (t) => {
  const path = join(temporaryFolder(t), 'many.arrows');
  const records = Array.from({ length: 5000 }, (_, i): TraceRecord => {
    const stack = [`f${i % 700}`, `g${i % 13}`];
    return {
      type: 'wait_begin',
      ts: i,
      tid: 1 + (i % 5),
      kind: `kind${i % 40}`,
      res: `0x${(i * 31) % 3000}`,
      stack,
    };
  });
  await writeRecords(openArrowSink(path, INFO), records, 100);
  assert.deepEqual(plainTrace(loadArrow(path)), plainTrace(buildTrace(records)));
  const table = flechette.tableFromIPC(readFileSync(path));
  const columns = ['kind', 'res', 'stack'].map((name) => table.getChild(name));
  for (const [i, { kind, res, stack }] of records.entries()) {
    assert.deepEqual(
      columns.map((column) => column.at(i)),
      [kind, res, stack!.join(';')],
    );
  }
});

test('what other writers make of the contract is read: plain columns, lists, one batch or many, either format', (t) => {
  const plain = events(RECORDS).map(
    ({
      type,
      ts,
      tid = null,
      kind = null,
      res = null,
      holder = null,
      fn = null,
      comm = null,
      evidence = null,
      stack,
    }) => ({
      type,
      ts,
      tid,
      kind,
      res,
      holder,
      fn,
      comm,
      evidence,
      stack: stack?.join(';') ?? null,
      colour: 'red',
    }),
  );
  const wanted = Array.from(
    traceRecords(
      buildTrace(
        plain.map((row) => {
          const { colour: _, ...record } = row;
          return JSON.parse(JSON.stringify({ ...record, stack: row.stack?.split(';') })) as TraceRecord;
        }),
      ),
    ),
  );
  const jsonTable = tableFromJSON(plain);
  const flechetteBytes = (asFile: boolean, lists: boolean) =>
    flechette.tableToIPC(
      flechette.tableFromArrays(
        {
          ...Object.fromEntries(
            ['type', 'kind', 'res', 'fn', 'comm', 'evidence'].map((name) => [
              name,
              plain.map((row) => row[name as 'kind']),
            ]),
          ),
          ...Object.fromEntries(
            ['ts', 'tid', 'holder'].map((name) => [name, plain.map((row) => row[name as 'ts'])]),
          ),
          stack: plain.map((row) => (lists ? (row.stack?.split(';') ?? null) : row.stack)),
        },
        {
          types: {
            ts: flechette.int64(),
            tid: flechette.int32(),
            holder: flechette.float64(),
            type: flechette.utf8(),
            kind: flechette.largeUtf8(),
            res: flechette.utf8(),
            comm: flechette.utf8(),
            ...(lists && { stack: flechette.list(flechette.utf8()) }),
          },
        },
      ),
      { format: asFile ? 'file' : 'stream' },
    )!;
  const files: [string, Uint8Array][] = [
    ['apache-arrow stream', tableToIPC(jsonTable, 'stream')],
    ['apache-arrow file', tableToIPC(jsonTable, 'file')],
    [
      'many batches',
      RecordBatchStreamWriter.writeAll(
        jsonTable.batches.flatMap((batch) =>
          Array.from({ length: batch.numRows }, (_, i) => batch.slice(i, i + 1)),
        ),
      ).toUint8Array(true),
    ],
    ['flechette stream', flechetteBytes(false, false)],
    ['flechette file', flechetteBytes(true, false)],
    ['flechette stream with lists', flechetteBytes(false, true)],
    ['flechette file with lists', flechetteBytes(true, true)],
  ];
  for (const [name, bytes] of files) {
    assert.deepEqual(Array.from(traceRecords(load(t, bytes))), wanted, name);
  }
});

test('our own capture in the file format is read, and cut off is an error or its whole batches', async (t) => {
  const table = tableFromIPC(readFileSync(await writeSample(t)));
  const bytes = RecordBatchFileWriter.writeAll(table).toUint8Array(true);
  assert.deepEqual(plainTrace(load(t, bytes)), plainTrace(buildTrace(RECORDS)));
  for (let size = 8; size < bytes.length; size += 509) {
    assert.throws(() => load(t, bytes.subarray(0, size)), inputError('CAPTURE_CORRUPT'));
  }
});

test('a stream cut anywhere gives its whole batches and counts the loss', async (t) => {
  const path = await writeSample(t);
  const bytes = readFileSync(path);
  const all = buildTrace(RECORDS).events.length;
  let before = 0;
  for (let size = 0; size < bytes.length; size += size < 16 ? 1 : 61) {
    writeFileSync(path, bytes.subarray(0, size));
    let count = 0;
    try {
      const trace = loadArrow(path);
      count = trace.events.length;
      assert.equal(summariseLosses(trace.losses).byReason.truncated, 1, `${size} bytes`);
    } catch (error) {
      assert.ok(
        inputError(size < 8 ? 'CAPTURE_FOREIGN' : 'CAPTURE_CORRUPT')(error),
        `${size} bytes: ${error}`,
      );
    }
    assert.ok(count >= before, 'what a shorter file gives, a longer one gives too');
    before = count;
  }
  assert.equal(before, all);
});

test('every batch that was written survives kill -9', async (t) => {
  const path = join(temporaryFolder(t), 'killed.arrows');
  const script = fileURLToPath(new URL('killed-writer.ts', import.meta.url));
  const writer = spawn(process.execPath, [script, path, 'arrow']);
  let printed = '';
  for await (const chunk of writer.stdout) {
    printed += chunk;
    if (printed.split('\n').length > 40) {
      writer.kill('SIGKILL');
    }
  }
  const announced = Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1));
  const trace = loadArrow(path);
  assert.ok(
    announced > 0 && trace.events.length >= announced,
    `${trace.events.length} of ${announced} events`,
  );
  assert.deepEqual(summariseLosses(trace.losses).byReason, { truncated: 1 });
});

test('damaged bytes never do worse than an error or a counted loss', async (t) => {
  const stream = readFileSync(await writeSample(t));
  const file = Buffer.from(RecordBatchFileWriter.writeAll(tableFromIPC(stream)).toUint8Array(true));
  const damaged = join(temporaryFolder(t), 'damaged.arrow');
  for (const bytes of [stream, file]) {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0xff)));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, byte] of changes) {
          copy[at] = byte;
        }
        writeFileSync(damaged, copy);
        try {
          plainTrace(loadArrow(damaged));
        } catch (error) {
          assert.ok(error instanceof HoldwaitError && error.category === 'input', `${error}`);
        }
      }),
      { numRuns: 400 },
    );
  }
});

test('rows that lack what their type needs are left out and counted', (t) => {
  const good = {
    type: 'wait_begin',
    ts: 1,
    tid: 1,
    kind: 'mutex',
    res: '0x1',
    count: 1,
    reason: 'x',
    fn: 'pcpu_alloc',
    label: 'l',
    text: '{',
  };
  const bad = [
    { type: null },
    { ts: null },
    { ts: -1 },
    { ts: 0.5 },
    { tid: null },
    { tid: 3e9 },
    { kind: null },
    { res: null },
    { fn: 'malloc' },
    { type: 'alloc_begin', fn: null },
    { type: 'io_begin', res: null },
    { type: 'task', tid: null },
    { type: 'loss', count: null },
    { type: 'loss', reason: null },
    { type: 'attachment', label: null },
    { type: 'capture' },
  ].map((fault) => ({ ...good, ...fault }));
  const trace = load(
    t,
    tableToIPC(tableFromJSON([good, ...bad, { ...good, type: 'dream_begin' }]), 'stream'),
  );
  assert.equal(trace.events.length, 1);
  assert.deepEqual(summariseLosses(trace.losses).byReason, { bad_record: bad.length, unknown_event: 1 });
});

test('I/O that names no kind belongs to what its resource was last', (t) => {
  const rows = [
    { type: 'wait_begin', ts: 1, tid: 1, kind: 'mutex', res: '0x1' },
    { type: 'io_begin', ts: 2, tid: null, kind: null, res: '0x1' },
    { type: 'wait_begin', ts: 3, tid: 1, kind: 'folio_writeback', res: '0x1' },
    { type: 'io_begin', ts: 4, tid: null, kind: null, res: '0x1' },
    { type: 'io_begin', ts: 5, tid: null, kind: null, res: '0x2' },
  ];
  const trace = load(t, tableToIPC(tableFromJSON(rows), 'stream'));
  const kinds = Array.from(trace.events.resource, (resource) => trace.resources.kind(resource));
  assert.deepEqual(kinds, ['mutex', 'mutex', 'folio_writeback', 'folio_writeback', 'io']);
});

test('files of something else, of a newer version, or of nothing are told apart', async (t) => {
  const folder = temporaryFolder(t);
  const something = tableFromJSON([{ animal: 'cat' }]);
  assert.throws(() => load(t, tableToIPC(something, 'stream')), inputError('CAPTURE_FOREIGN'));
  assert.throws(() => load(t, Buffer.from('hello')), inputError('CAPTURE_FOREIGN'));
  assert.throws(() => load(t, Buffer.alloc(0)), inputError('CAPTURE_FOREIGN'));
  assert.throws(() => load(t, Buffer.from('ARROW1\0\0')), inputError('CAPTURE_CORRUPT'));
  assert.throws(() => loadArrow(join(folder, 'missing')), inputError('FILE_ENOENT'));
  assert.throws(() => loadArrow(folder), inputError('FILE_EISDIR'));

  const table = tableFromIPC(readFileSync(await writeSample(t)));
  const newer = new Schema(
    table.schema.fields,
    new Map([['holdwait.schema', String(ARROW_SCHEMA_VERSION + 1)]]),
  );
  assert.throws(
    () => load(t, tableToIPC(new Table(newer, table.batches), 'stream')),
    inputError('CAPTURE_NEWER'),
  );
});

test('columns of the wrong type are an error that names them', (t) => {
  const table = tableFromJSON([{ type: 'wait_begin', ts: 1, tid: 1, kind: 3, res: '0x1' }]);
  assert.throws(
    () => load(t, tableToIPC(table, 'stream')),
    (error) => inputError('CAPTURE_CORRUPT')(error) && /column kind/.test((error as Error).message),
  );
});

test('a sink writes to any stream, and says when it cannot', async () => {
  const stream = new PassThrough();
  const bytes = buffer(stream);
  await writeRecords(openArrowSink(stream, INFO), RECORDS);
  assert.equal(tableFromIPC(await bytes).numRows, 17);

  const broken = new PassThrough();
  const sink = openArrowSink(broken, INFO);
  broken.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }));
  await new Promise((resolve) => setImmediate(resolve));
  const builder = new TraceBuilder();
  addRecord(builder, RECORDS[1]);
  assert.throws(() => sink.write(builder.take(), builder), inputError('FILE_EPIPE'));
});

test('what exists is overwritten only if it is a capture and one asked for it', async (t) => {
  const path = await writeSample(t);
  const usageError = (code: string) => (error: unknown) =>
    error instanceof HoldwaitError && error.code === code;
  assert.throws(() => openArrowSink(path, INFO), usageError('OUTPUT_EXISTS'));
  await writeRecords(openArrowSink(path, INFO, { overwrite: true }), RECORDS.slice(0, 2));
  assert.equal(loadArrow(path).events.length, 1);
  const other = tableToIPC(tableFromJSON([{ animal: 'cat' }]), 'stream');
  writeFileSync(path, other);
  assert.throws(() => openArrowSink(path, INFO, { overwrite: true }), usageError('OUTPUT_NOT_A_CAPTURE'));
  assert.deepEqual(readFileSync(path), Buffer.from(other));
});

test('frames are joined so that they can be taken apart again', () => {
  assert.equal(joinFrames(['a+0x1/0x2 [ext4]', 'b']), 'a+0x1/0x2 [ext4];b');
  const frames = fc.array(fc.string({ unit: fc.constantFrom('a', ';', '\\', '\n', '😀') }), { minLength: 1 });
  fc.assert(fc.property(frames, (list) => assert.deepEqual(splitFrames(joinFrames(list)), list)));
});
