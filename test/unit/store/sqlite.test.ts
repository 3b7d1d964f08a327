import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { loadSqlite } from '../../../src/store/sqlite-load.ts';
import { SQLITE_SCHEMA_VERSION } from '../../../src/store/sqlite-schema.ts';
import { openSqliteSink } from '../../../src/store/sqlite-sink.ts';
import { addRecord, HoldwaitError, summariseLosses, TraceBuilder } from '../../../src/trace/index.ts';
import { anyRecord, buildTrace, INFO, plainTrace, RECORDS, temporaryFolder } from './sample-trace.ts';
import { writeRecords } from './write-trace.ts';

const inputError = (code: string) => (error: unknown) =>
  error instanceof HoldwaitError && error.category === 'input' && error.code === code;

test('a capture comes back as it was, whatever the batches', async (t) => {
  const folder = temporaryFolder(t);
  for (const batchSize of [1, 3, 1000]) {
    const path = join(folder, `${batchSize}.sqlite`);
    await writeRecords(openSqliteSink(path, INFO), RECORDS, batchSize);
    assert.deepEqual(plainTrace(loadSqlite(path)), plainTrace(buildTrace(RECORDS)));
  }
});

test('any records come back as they were', async (t) => {
  const folder = temporaryFolder(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyRecord, { maxLength: 60 }), async (records) => {
      const path = join(folder, `${run++}.sqlite`);
      await writeRecords(openSqliteSink(path, INFO), records);
      assert.deepEqual(plainTrace(loadSqlite(path)), plainTrace(buildTrace(records)));
    }),
    { numRuns: 40 },
  );
});

test('a closed capture is one file, in any folder, without the write-ahead log', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'one file:memory: .sqlite');
  await writeRecords(openSqliteSink(path, INFO), RECORDS);
  assert.deepEqual(readdirSync(folder), ['one file:memory: .sqlite']);
  loadSqlite(path);
  assert.deepEqual(readdirSync(folder), ['one file:memory: .sqlite']);
});

test('every batch that was written survives kill -9', async (t) => {
  const path = join(temporaryFolder(t), 'killed.sqlite');
  const writer = spawn(process.execPath, [fileURLToPath(new URL('killed-writer.ts', import.meta.url)), path]);
  let printed = '';
  for await (const chunk of writer.stdout) {
    printed += chunk;
    if (printed.split('\n').length > 40) {
      writer.kill('SIGKILL');
    }
  }
  const announced = Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1));
  assert.ok(existsSync(`${path}-wal`), 'the writer was not killed in the middle');
  const trace = loadSqlite(path);
  assert.ok(trace.events.length >= announced, `${trace.events.length} of ${announced} events`);
  assert.equal(trace.events.length % 50, 0, 'a batch is whole or absent');
  assert.equal(trace.info.endReason, undefined);
  assert.deepEqual(trace.losses, []);
  assert.deepEqual(trace.stacks.get(trace.events.stack[301]!), ['function_1', 'common']);
});

test('a capture that is still being written is read up to its last batch', async (t) => {
  const path = join(temporaryFolder(t), 'live.sqlite');
  const sink = openSqliteSink(path, INFO);
  const builder = new TraceBuilder();
  addRecord(builder, RECORDS[1]);
  sink.write(builder.take(), builder);
  assert.equal(loadSqlite(path).events.length, 1);
  addRecord(builder, RECORDS[4]);
  sink.write(builder.take(), builder);
  assert.equal(loadSqlite(path).events.length, 2);
  sink.close(INFO);
});

test('closing beside a reader keeps everything', async (t) => {
  const path = join(temporaryFolder(t), 'read.sqlite');
  const sink = openSqliteSink(path, INFO);
  const reader = new Database(path, { readonly: true });
  const rows = reader.prepare('SELECT key FROM capture').iterate();
  rows.next();
  await writeRecords(sink, RECORDS);
  rows.return?.();
  reader.close();
  assert.deepEqual(plainTrace(loadSqlite(path)), plainTrace(buildTrace(RECORDS)));
});

test('a killed capture loads where nothing may be written', {
  skip: process.getuid?.() !== 0 && 'needs root to become somebody else',
}, async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'killed.sqlite');
  const sink = openSqliteSink(path, INFO);
  const builder = new TraceBuilder();
  addRecord(builder, RECORDS[1]);
  sink.write(builder.take(), builder);
  for (const suffix of ['', '-wal']) {
    copyFileSync(path + suffix, join(folder, `copy.sqlite${suffix}`));
  }
  sink.close(INFO);
  chmodSync(folder, 0o555);
  const load = new URL('../../../src/store/sqlite-load.ts', import.meta.url);
  const script = `process.setuid(65534); const { loadSqlite } = await import(${JSON.stringify(load)});
    console.log(loadSqlite(${JSON.stringify(join(folder, 'copy.sqlite'))}).events.length);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
  }
  assert.equal(printed, '1\n');
});

test('labels that come late are kept', async (t) => {
  const path = join(temporaryFolder(t), 'label.sqlite');
  const sink = openSqliteSink(path, INFO);
  const builder = new TraceBuilder();
  const wait = { type: 'wait_begin', ts: 1, tid: 1, kind: 'mutex', res: '0x1' };
  for (const label of ['first', 'second', undefined]) {
    addRecord(builder, { ...wait, label });
    sink.write(builder.take(), builder);
  }
  sink.close(INFO);
  const { resources } = loadSqlite(path);
  assert.equal(resources.label(0), 'second');
});

test('what exists is overwritten only if it is a capture and one asked for it', async (t) => {
  const folder = temporaryFolder(t);
  const usageError = (code: string) => (error: unknown) =>
    error instanceof HoldwaitError && error.category === 'usage' && error.code === code;
  const letter = join(folder, 'letter');
  writeFileSync(letter, 'dear kernel');
  assert.throws(() => openSqliteSink(letter, INFO, { overwrite: true }), usageError('OUTPUT_NOT_A_CAPTURE'));
  assert.equal(readFileSync(letter, 'utf8'), 'dear kernel');

  const capture = join(folder, 'capture');
  await writeRecords(openSqliteSink(capture, INFO), RECORDS);
  assert.throws(() => openSqliteSink(capture, INFO), usageError('OUTPUT_EXISTS'));
  await writeRecords(openSqliteSink(capture, INFO, { overwrite: true }), RECORDS.slice(0, 2));
  assert.equal(loadSqlite(capture).events.length, 1);

  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  await writeRecords(openSqliteSink(empty, INFO), RECORDS);
  assert.throws(() => openSqliteSink(folder, INFO), inputError('FILE_EISDIR'));
  assert.throws(() => openSqliteSink(join(folder, 'no', 'such'), INFO), HoldwaitError);
});

test('foreign, newer and missing files are told apart', async (t) => {
  const folder = temporaryFolder(t);
  const foreign = join(folder, 'foreign.sqlite');
  new Database(foreign).exec('CREATE TABLE events (id)').close();
  assert.throws(() => loadSqlite(foreign), inputError('CAPTURE_FOREIGN'));
  assert.throws(() => loadSqlite(join(folder, 'missing')), inputError('FILE_ENOENT'));
  assert.throws(() => loadSqlite(folder), inputError('FILE_EISDIR'));

  const newer = join(folder, 'newer.sqlite');
  await writeRecords(openSqliteSink(newer, INFO), RECORDS);
  const db = new Database(newer);
  db.pragma(`user_version = ${SQLITE_SCHEMA_VERSION + 1}`);
  db.close();
  assert.throws(() => loadSqlite(newer), inputError('CAPTURE_NEWER'));
});

test('a file cut anywhere is an error that says so', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'whole.sqlite');
  await writeRecords(openSqliteSink(path, INFO), RECORDS);
  const bytes = readFileSync(path);
  const cut = join(folder, 'cut.sqlite');
  for (let size = 0; size < bytes.length; size += 389) {
    writeFileSync(cut, bytes.subarray(0, size));
    assert.throws(
      () => loadSqlite(cut),
      inputError(size < 16 ? 'CAPTURE_FOREIGN' : 'CAPTURE_CORRUPT'),
      `${size} bytes`,
    );
  }
});

test('a log cut anywhere gives the batches before the cut', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'live.sqlite');
  const sink = openSqliteSink(path, INFO);
  const builder = new TraceBuilder();
  for (let i = 0; i < 10; i++) {
    addRecord(builder, { type: 'wait_begin', ts: i, tid: 1, kind: 'mutex', res: `0x${i}` });
    sink.write(builder.take(), builder);
  }
  const cut = join(folder, 'cut.sqlite');
  copyFileSync(path, cut);
  const log = readFileSync(`${path}-wal`);
  let before = 0;
  for (let size = 0; size <= log.length; size += 1021) {
    writeFileSync(`${cut}-wal`, log.subarray(0, size));
    const { length } = loadSqlite(cut).events;
    assert.ok(length >= before && length <= 10);
    before = length;
  }
  sink.close(INFO);
  assert.ok(before >= 9);
});

test('damaged bytes never do worse than an error or a counted loss', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'whole.sqlite');
  await writeRecords(openSqliteSink(path, INFO), RECORDS);
  const bytes = readFileSync(path);
  const damaged = join(folder, 'damaged.sqlite');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      (changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, byte] of changes) {
          copy[at] = byte;
        }
        writeFileSync(damaged, copy);
        try {
          const trace = loadSqlite(damaged);
          plainTrace(trace);
        } catch (error) {
          assert.ok(error instanceof HoldwaitError && error.category === 'input', String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('rows that point nowhere are left out and counted', async (t) => {
  const path = join(temporaryFolder(t), 'hostile.sqlite');
  await writeRecords(openSqliteSink(path, INFO), RECORDS);
  const whole = loadSqlite(path).events.length;
  const db = new Database(path);
  const bad: [string, number][] = [
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, 1, 1, 999999)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, 1, 1, -1)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource, stack) VALUES (0, 1, 1, 0, 4711)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (200, 1, 1, 0)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, -5, 1, 0)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, 9007199254740993, 1, 0)', 1],
    ["INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, 'soon', 1, 0)", 1],
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, 1, 5000000000, 0)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource) VALUES (0, 1, NULL, 0)', 1],
    ['INSERT INTO events (type, ts_ns, tid) VALUES (0, 1, 1)', 1],
    ['INSERT INTO events (type, ts_ns, tid) VALUES (4, 1, 1)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource, gfp) VALUES (0, 1, 1, 0, -7)', 1],
    ['INSERT INTO events (type, ts_ns, tid, resource, evidence) VALUES (0, 1, 1, 0, 9)', 1],
    ["INSERT INTO tasks (tid, from_ns) VALUES ('x', 0)", 1],
    ["INSERT INTO losses (ts_ns, count, reason) VALUES (0, -1, 'x')", 1],
    ["INSERT INTO attachments (name, text) VALUES ('x', x'00')", 1],
    ['INSERT INTO stacks VALUES (77, 0, 123456)', 1],
    ["INSERT INTO resources VALUES (500, x'00', 'r', NULL)", 1],
  ];
  for (const [sql] of bad) {
    db.exec(sql);
  }
  db.exec(
    "INSERT INTO words VALUES ('type', 40, 'dream_begin'); INSERT INTO events (type, ts_ns) VALUES (40, 1)",
  );
  db.close();
  const trace = loadSqlite(path);
  assert.equal(trace.events.length, whole);
  const { byReason } = summariseLosses(trace.losses);
  assert.deepEqual(byReason, { lost_events: 3, bad_record: bad.length, unknown_event: 1 });
});

test('a table replaced by an endless view is refused', async (t) => {
  const path = join(temporaryFolder(t), 'endless.sqlite');
  await writeRecords(openSqliteSink(path, INFO), RECORDS);
  const db = new Database(path);
  db.exec(`DROP VIEW event_rows; DROP VIEW waits; DROP VIEW holds; DROP TABLE losses; CREATE VIEW losses AS
    WITH RECURSIVE n(ts_ns) AS (SELECT 1 UNION ALL SELECT ts_ns + 1 FROM n) SELECT ts_ns, 1 AS count, 'x' AS reason, 1 AS id FROM n`);
  db.close();
  assert.throws(() => loadSqlite(path), inputError('CAPTURE_CORRUPT'));
});

test('the views answer by hand what the analysis answers', async (t) => {
  const path = join(temporaryFolder(t), 'views.sqlite');
  await writeRecords(openSqliteSink(path, INFO), RECORDS);
  const db = new Database(path, { readonly: true });
  t.after(() => db.close());
  const open = db
    .prepare('SELECT tid, kind, holder_tid, evidence FROM waits WHERE end_ns IS NULL ORDER BY begin_ns')
    .raw()
    .all();
  assert.deepEqual(open, [
    [100, 'folio_writeback', 101, 'traced'],
    [-3, 'rwsem', null, 'unknown'],
    [101, 'folio_lock', 100, 'traced'],
  ]);
  assert.deepEqual(db.prepare('SELECT tid, begin_ns, end_ns FROM holds').raw().all(), [[100, 10, 90]]);
  const frames = db.prepare('SELECT frame FROM stack_frames WHERE stack = 0 ORDER BY depth').pluck().all();
  assert.deepEqual(frames, ['filemap_fault', '__do_fault']);
});
