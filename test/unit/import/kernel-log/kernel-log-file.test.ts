import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import { importKernelLog, isKernelLog } from '../../../../src/import/index.ts';
import { loadCapture } from '../../../../src/store/load-capture.ts';
import { runCli } from '../../cli/run-cli.ts';
import { FAULT_STACK, hungTask, lossesOf, reportsOf, WRITER_STACK } from './sample-logs.ts';

const LOG =
  hungTask({ name: 'fault', tid: 9, at: 300, stack: FAULT_STACK }) +
  hungTask({ name: 'flush', tid: 25, at: 301, stack: WRITER_STACK });

function temporaryFile(t: TestContext, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'log');
  writeFileSync(path, content);
  return path;
}

test('a log is known by its content, plain and packed', () => {
  const mail = `From: a\nSubject: hang\n\n${'words\n'.repeat(1000)}> ${LOG.split('\n')[0]}\n`;
  const known = [LOG, mail, gzipSync(LOG), zstdCompressSync(LOG), LOG.replaceAll('\n', '\r\n')];
  for (const text of known) {
    assert.ok(isKernelLog(Buffer.from(text)));
  }
  const ndjson = JSON.stringify({ type: 'attachment', name: 'kernel-log', text: LOG });
  const unknown = [
    'hello\n',
    '',
    ndjson,
    gzipSync('hello'),
    gzipSync(LOG).subarray(0, 12),
    Buffer.alloc(4096),
  ];
  for (const text of unknown) {
    assert.ok(!isKernelLog(Buffer.from(text)));
  }
});

test('a packed log says what the plain one says', async (t) => {
  const plain = analyzeTrace(await loadCapture(temporaryFile(t, LOG)));
  assert.deepEqual([plain.verdict, plain.cycles[0]!.tasks], ['suspected', [9, 25]]);
  for (const packed of [gzipSync(LOG), zstdCompressSync(LOG)]) {
    assert.deepEqual(analyzeTrace(await loadCapture(temporaryFile(t, packed))), plain);
  }
});

test('a packed log that was cut off or damaged gives what came before', async (t) => {
  const long = LOG + '[  400.000000] filler without any meaning\n'.repeat(20_000);
  const cut = await importKernelLog(temporaryFile(t, gzipSync(long).subarray(0, -20)));
  assert.equal(reportsOf(cut).length, 2);
  assert.equal(lossesOf(cut).truncated, 1);
  const damaged = zstdCompressSync(long);
  damaged.fill(0xff, damaged.length - 30);
  const half = await importKernelLog(temporaryFile(t, damaged));
  assert.ok((lossesOf(half).damaged ?? 0) + (lossesOf(half).truncated ?? 0) === 1);
});

test('a line longer than any kernel prints is counted and left out', async (t) => {
  const path = temporaryFile(t, `${LOG}${'x'.repeat(100_000)}\n${LOG}`);
  const trace = await importKernelLog(path);
  assert.deepEqual([lossesOf(trace), reportsOf(trace).length], [{ long_line: 1 }, 4]);
});

test('a log with nothing to report is no error', async (t) => {
  const trace = await loadCapture(temporaryFile(t, '[    0.000000] Linux version 6.1.0 (x) #1 SMP\n'));
  assert.deepEqual([analyzeTrace(trace).verdict, trace.info.kernelRelease], ['none', '6.1.0']);
});

test('the command line reads a log, also from standard input, and keeps it as a capture', async (t) => {
  const path = temporaryFile(t, gzipSync(LOG));
  const cyclesOf = async (args: readonly string[], input?: string) => {
    const { status, stdout } = await runCli([...args, '--json'], input);
    assert.equal(status, 1);
    return (JSON.parse(stdout) as Analysis).cycles;
  };
  const cycles = await cyclesOf(['analyze', path]);
  assert.equal(cycles[0]!.matches[0]!.id, 'ext4-fault-writeback');
  assert.deepEqual(await cyclesOf(['analyze', '-'], LOG), cycles);
  const kept = `${path}.sqlite`;
  assert.equal((await runCli(['import', path, '-o', kept, '--quiet'])).status, 0);
  assert.deepEqual(await cyclesOf(['analyze', kept]), cycles);
});
