import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { importNdjson } from '../../../src/import/ndjson.ts';
import {
  HoldwaitError,
  MAX_LINE_BYTES,
  summariseLosses,
  type Trace,
  traceRecords,
  writeNdjson,
} from '../../../src/trace/index.ts';
import { anyRecord, buildTrace, plainTrace, RECORDS } from '../store/sample-trace.ts';

const WAIT = '{"type":"wait_begin","ts":5,"tid":1,"kind":"mutex","res":"0x1"}';

async function* chunks(text: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) {
    yield bytes.subarray(i, i + size);
  }
}

const inputError = (code: string) => (error: unknown) =>
  error instanceof HoldwaitError && error.category === 'input' && error.code === code;

function losses(trace: Trace): unknown {
  return summariseLosses(trace.losses).byReason;
}

test('a trace written as NDJSON comes back as it was', async () => {
  const trace = buildTrace(RECORDS);
  const text = Array.from(writeNdjson(trace)).join('');
  assert.deepEqual(plainTrace(await importNdjson(chunks(text))), plainTrace(trace));
  assert.ok(text.split('\n').every((line) => line.length < 5000));
});

test('any records written as NDJSON come back as they were, however the bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5000 }),
      async (records, size) => {
        const trace = buildTrace(records);
        const text = Array.from(writeNdjson(trace)).join('');
        assert.deepEqual(plainTrace(await importNdjson(chunks(text, size))), plainTrace(trace));
      },
    ),
    { numRuns: 60 },
  );
});

test('an attachment longer than a line may be is split and put together again', async () => {
  const text = 'é😀\u0001"'.repeat(300_000);
  const trace = {
    ...buildTrace([]),
    attachments: [
      { name: 'dmesg', text },
      { name: 'empty', text: '' },
    ],
  };
  const lines = Array.from(writeNdjson(trace));
  assert.ok(lines.every((line) => Buffer.byteLength(line) <= MAX_LINE_BYTES));
  assert.deepEqual((await importNdjson(chunks(lines.join(''), 65_536))).attachments, trace.attachments);
});

test('no line of an attachment has half a character', () => {
  const trace = { ...buildTrace([]), attachments: [{ name: 'dmesg', text: `a${'😀'.repeat(200_000)}` }] };
  const lines = Array.from(writeNdjson(trace));
  assert.ok(lines.length > 3);
  assert.deepEqual(
    lines.filter((line) => /\\ud/.test(line)),
    [],
  );
});

test('half a pair of surrogates is no text, and is shown to be missing', async () => {
  const half = JSON.stringify('\ud800');
  const lines = [
    `{"type":"capture","target":${half}}`,
    `{"type":"attachment","name":"a","text":"\\ud83d","more":true}`,
    `{"type":"attachment","name":"a","text":"\\ude00${half.slice(1)}}`,
    `{"type":"wait_begin","ts":5,"tid":1,"comm":${half},"kind":${half},"res":"\\ud83d\\uDE00","stack":[${half}]}`,
    `{"type":"loss","ts":6,"count":1,"reason":${half}}`,
  ];
  const trace = await importNdjson(chunks(lines.join('\n')));
  assert.equal(trace.info.target, '\ufffd');
  assert.deepEqual(trace.attachments, [{ name: 'a', text: '😀\ufffd' }]);
  assert.equal(trace.tasks.name(1), '\ufffd:1');
  assert.deepEqual([trace.resources.kind(0), trace.resources.id(0)], ['\ufffd', '😀']);
  assert.deepEqual(trace.stacks.get(0), ['\ufffd']);
  assert.deepEqual(losses(trace), { '\ufffd': 1 });
});

test('byte order mark, CRLF, blank lines and a missing last line feed are no fault', async () => {
  const trace = await importNdjson(chunks(`\ufeff${WAIT}\r\n\r\n  \n\n${WAIT.replace('0x1', 'größe')}`));
  assert.equal(trace.events.length, 2);
  assert.equal(trace.resources.id(1), 'größe');
  assert.deepEqual(trace.losses, []);
});

test('times are kept as they are', async () => {
  const trace = await importNdjson(chunks(WAIT.replace('5', '8000000000000001')));
  assert.equal(trace.events.tsNs[0], 8_000_000_000_000_001);
  assert.equal(trace.endNs, 8_000_000_000_000_001);
});

test('lines that cannot be taken are counted by reason, the others used', async () => {
  const bad = {
    unparsable_line: [
      'nonsense',
      '{"type":',
      `{"type":"task","tid":1,"comm":"${'x'.repeat(MAX_LINE_BYTES)}"}`,
      '\u0000\u0001',
    ],
    bad_record: [
      '[]',
      'null',
      '12',
      '{}',
      '{"type":"wait_begin"}',
      WAIT.replace('5', '-5'),
      WAIT.replace('5', '5.5'),
      WAIT.replace('5', '9007199254740993'),
      WAIT.replace('5', '1e300'),
      WAIT.replace('"0x1"', '17'),
      WAIT.replace('"tid":1', '"tid":3000000000'),
      '{"type":"loss","ts":1,"count":-1,"reason":"x"}',
      '{"type":"attachment","name":"x"}',
    ],
    unknown_event: ['{"type":"dream_begin","ts":1}', '{"type":"capture"}', '{"type":"__proto__"}'],
  };
  const text = [WAIT, ...Object.values(bad).flat(), WAIT.replace('5', '6'), ''].join('\n');
  const trace = await importNdjson(chunks(text, 100_000));
  assert.equal(trace.events.length, 2);
  const counts = Object.entries(bad).map(([reason, lines]) => [reason, lines.length]);
  assert.deepEqual(losses(trace), Object.fromEntries(counts));
});

test('unknown fields are kept out of the way', async () => {
  const trace = await importNdjson(chunks(WAIT.replace('{', '{"colour":"red","__proto__":{"ts":"x"},')));
  assert.deepEqual(Object.keys(Array.from(traceRecords(trace))[0]!).includes('colour'), false);
  assert.equal(trace.events.length, 1);
});

test('a file cut anywhere gives its whole lines, and the cut one is counted', async () => {
  const text = Array.from(writeNdjson(buildTrace(RECORDS))).join('');
  const bytes = Buffer.from(text);
  const firstLine = text.indexOf('\n');
  for (let size = 0; size <= bytes.length; size += 13) {
    const cut = bytes.subarray(0, size);
    if (size < firstLine) {
      await assert.rejects(importNdjson(chunks(cut, 100)), inputError('NOT_NDJSON'));
      continue;
    }
    const trace = await importNdjson(chunks(cut, 100));
    const { truncated = 0, lost_events: _, ...others } = losses(trace) as Record<string, number>;
    assert.deepEqual(others, {});
    assert.ok(truncated <= 1);
    const rest = cut.subarray(cut.lastIndexOf('\n') + 1);
    assert.equal(truncated === 1 || rest.length === 0 || rest.at(-1) === 0x7d, true);
  }
});

test('an empty capture is a capture, a file without any record is an error', async () => {
  const empty = Array.from(writeNdjson({ ...buildTrace([]), attachments: [] })).join('');
  assert.equal((await importNdjson(chunks(empty))).events.length, 0);
  for (const text of ['', '\n\n', 'hello\nworld\n', '[1,2]\n']) {
    await assert.rejects(importNdjson(chunks(text)), inputError('NOT_NDJSON'));
  }
});

test('a header of a newer schema is refused, wrong fields of ours are left out', async () => {
  await assert.rejects(
    importNdjson(chunks(`{"type":"capture","schema":"holdwait.events/2"}\n${WAIT}`)),
    inputError('CAPTURE_NEWER'),
  );
  const header = {
    type: 'capture',
    target: 7,
    hooks: ['x', { hook: 'a' }],
    endNs: -1,
    clock: 'sundial',
    kernelRelease: '6.1',
  };
  const trace = await importNdjson(chunks(`${JSON.stringify(header)}\n${WAIT}`));
  assert.deepEqual(trace.info, { kernelRelease: '6.1', hooks: [{ hook: 'a', symbol: undefined }] });
});

test('any bytes at all give a trace or a clear error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.constant(WAIT))),
      async (lines) => {
        try {
          const trace = await importNdjson(chunks(lines.join('\n')));
          assert.ok(trace.events.length <= lines.filter((line) => line.includes('wait_begin')).length);
        } catch (error) {
          assert.ok(inputError('NOT_NDJSON')(error), String(error));
        }
      },
    ),
  );
});

test('a path works as well as a stream, and file errors are clear', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'events.ndjson');
  writeFileSync(path, WAIT);
  assert.equal((await importNdjson(path)).events.length, 1);
  await assert.rejects(importNdjson(join(folder, 'missing')), inputError('FILE_ENOENT'));
  await assert.rejects(importNdjson(folder), inputError('FILE_EISDIR'));
});
