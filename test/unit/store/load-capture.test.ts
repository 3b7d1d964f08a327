import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { RecordBatchFileWriter, tableFromIPC } from 'apache-arrow';
import Database from 'better-sqlite3';
import { loadCapture, openArrowSink, openSqliteSink } from '../../../src/store/index.ts';
import { HoldwaitError, writeNdjson } from '../../../src/trace/index.ts';
import { buildTrace, INFO, plainTrace, RECORDS, temporaryFolder } from './sample-trace.ts';
import { writeRecords } from './write-trace.ts';

const inputError = (code: string) => (error: unknown) =>
  error instanceof HoldwaitError && error.category === 'input' && error.code === code;

test('every format is told by its content and gives the same trace', async (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  const expected = buildTrace(RECORDS);
  await writeRecords(openSqliteSink(at('sqlite.txt'), INFO), RECORDS);
  await writeRecords(openArrowSink(at('stream.sqlite'), INFO), RECORDS);
  writeFileSync(
    at('file'),
    RecordBatchFileWriter.writeAll(tableFromIPC(readFileSync(at('stream.sqlite')))).toUint8Array(true),
  );
  writeFileSync(at('ndjson.arrow'), Array.from(writeNdjson(expected)).join(''));
  for (const name of ['sqlite.txt', 'stream.sqlite', 'file', 'ndjson.arrow']) {
    assert.deepEqual(plainTrace(await loadCapture(at(name))), plainTrace(expected), name);
  }
});

test('NDJSON is known by any of its lines', async (t) => {
  const path = join(temporaryFolder(t), 'events');
  const wait = '{"type":"wait_begin","ts":5,"tid":1,"kind":"mutex","res":"0x1"}';
  for (const text of [wait, `\ufeff${wait}`, `\r\n\n  ${wait}`, `d":1}\n${wait}`, wait.replace('{', '{ ')]) {
    writeFileSync(path, text);
    assert.equal((await loadCapture(path)).events.length, 1, text);
  }
});

test('what cannot be a capture is an error that says why', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'file');
  const cases: [string | Buffer, string][] = [
    ['', 'FILE_EMPTY'],
    ['hello\n', 'UNKNOWN_FORMAT'],
    ['\n', 'UNKNOWN_FORMAT'],
    [Buffer.alloc(70_000), 'UNKNOWN_FORMAT'],
    [Buffer.from([0x1f, 0x8b, 8, 0]), 'UNKNOWN_FORMAT'],
    ['{"a":1}\n', 'NOT_NDJSON'],
    ['SQLite format 3\0', 'CAPTURE_CORRUPT'],
  ];
  const packed = gzipSync('{"type":"task","ts":0,"tid":1}\n');
  writeFileSync(path, packed);
  await assert.rejects(loadCapture(path), /is compressed and no kernel log/);
  for (const [content, code] of cases) {
    writeFileSync(path, content);
    await assert.rejects(loadCapture(path), inputError(code), code);
  }
  await assert.rejects(loadCapture(folder), inputError('FILE_EISDIR'));
  await assert.rejects(loadCapture(join(folder, 'missing')), inputError('FILE_ENOENT'));
  await assert.rejects(loadCapture(join(path, 'below')), inputError('FILE_ENOENT'));
  await assert.rejects(loadCapture('/dev/null'), inputError('FILE_NOT_REGULAR'));
  const foreign = join(folder, 'foreign');
  new Database(foreign).exec('CREATE TABLE t (a)').close();
  await assert.rejects(loadCapture(foreign), inputError('CAPTURE_FOREIGN'));
});

test('a file that may not be read is an error that says so', {
  skip: process.getuid?.() !== 0 && 'needs root to become somebody else',
}, (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const path = join(folder, 'secret');
  writeFileSync(path, 'x', { mode: 0o600 });
  const module = new URL('../../../src/store/load-capture.ts', import.meta.url);
  const script = `const { loadCapture } = await import(${JSON.stringify(module)}); process.setuid(65534);
    await loadCapture(${JSON.stringify(path)}).catch((error) => console.log(error.code));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(stdout, 'FILE_EACCES\n');
});
