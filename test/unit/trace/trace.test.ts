import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  addRecord,
  decodeCaptureInfo,
  errorText,
  fileError,
  HoldwaitError,
  type Line,
  splitLines,
  summariseLosses,
  TraceBuilder,
} from '../../../src/trace/index.ts';

const wait = (ts: number, res: string, more = {}) => ({
  type: 'wait_begin',
  ts,
  tid: 1,
  kind: 'mutex',
  res,
  ...more,
});

test('a batch has what has come since the one before, and where the tables then stood', () => {
  const builder = new TraceBuilder();
  addRecord(builder, wait(5, '0x1', { stack: ['f', 'g'], comm: 'a', label: 'one' }));
  builder.addLoss({ tsNs: 6, count: 1, reason: 'x' });
  const first = builder.take();
  assert.deepEqual([first.firstNewResource, first.firstNewStack, first.firstNewFrame], [0, 0, 0]);
  assert.deepEqual([first.events.length, first.tasks.length, first.losses.length], [1, 1, 1]);
  assert.deepEqual(first.relabelled, []);

  addRecord(builder, wait(7, '0x2', { stack: ['g', 'h'], comm: 'a' }));
  addRecord(builder, wait(8, '0x1', { comm: 'b', label: 'two' }));
  builder.addAttachment({ name: 'n', text: 't' });
  const second = builder.take();
  assert.deepEqual([second.firstNewResource, second.firstNewStack, second.firstNewFrame], [1, 1, 2]);
  assert.deepEqual(second.relabelled, [0]);
  assert.deepEqual(second.tasks, [{ tid: 1, pid: undefined, comm: 'b', fromNs: 7 }]);
  assert.deepEqual([second.events.length, second.losses.length, second.attachments.length], [2, 0, 1]);
  assert.deepEqual(Array.from(second.events.resource), [1, 0]);

  const third = builder.take();
  assert.deepEqual(
    [third.events.length, third.tasks.length, third.losses.length, third.attachments.length],
    [0, 0, 0, 0],
  );
  assert.deepEqual([third.firstNewResource, third.firstNewStack, third.firstNewFrame], [2, 2, 3]);
});

test('a trace is in time order and ends with its last sign of life', () => {
  const builder = new TraceBuilder();
  addRecord(builder, wait(9, '0x1'));
  addRecord(builder, wait(3, '0x2'));
  assert.equal(builder.latestNs, 9);
  builder.addLoss({ tsNs: 12, count: 1, reason: 'x' });
  const trace = builder.finish({ endNs: 10 });
  assert.deepEqual(Array.from(trace.events.tsNs), [3, 9]);
  assert.equal(trace.endNs, 12);
  assert.equal(new TraceBuilder().finish({ endNs: 10 }).endNs, 10);
  assert.equal(new TraceBuilder().finish().endNs, 0);
});

test('losses add up by reason, whatever the reason is called', () => {
  const losses = ['b', 'a', 'b', '__proto__'].map((reason, i) => ({ tsNs: 0, count: i + 1, reason }));
  const { total, byReason } = summariseLosses(losses);
  assert.equal(total, 10);
  assert.deepEqual(Object.entries(byReason), [
    ['b', 4],
    ['a', 2],
    ['__proto__', 4],
  ]);
});

test('what a file says of its capture is taken field by field', () => {
  const hooks = [
    { hook: 'a', symbol: 's', extra: 1 },
    { hook: 'b', reason: 'r' },
    null,
    'x',
    { symbol: 's' },
  ];
  const good = { target: 'lab', scripts: ['a', 1], hooks, thresholdNs: 0, clock: 'boot', startClockNs: '12' };
  assert.deepEqual(decodeCaptureInfo(good), {
    target: 'lab',
    scripts: ['a'],
    hooks: [
      { hook: 'a', symbol: 's' },
      { hook: 'b', symbol: undefined, reason: 'r' },
    ],
    thresholdNs: 0,
    clock: 'boot',
    startClockNs: '12',
  });
  const bad = {
    target: 1,
    scripts: 'a',
    hooks: {},
    thresholdNs: -1,
    clock: 'x',
    startClockNs: 'x',
    endNs: 0.5,
    other: 1,
  };
  assert.deepEqual(decodeCaptureInfo(bad), {});
  for (const nothing of [undefined, null, 1, 'x', []]) {
    assert.deepEqual(decodeCaptureInfo(nothing), {});
  }
});

test('faults of files become input errors, others stay what they are', () => {
  const fault = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
  const error = fileError('/x', fault);
  assert.ok(error instanceof HoldwaitError);
  assert.deepEqual(
    [error.category, error.code, error.message, error.cause],
    ['input', 'FILE_ENOENT', '/x does not exist', fault],
  );
  const bug = new TypeError('x');
  assert.equal(fileError('/x', bug), bug);
  assert.equal(fileError('/x', error), error);
  assert.equal(fileError('/x', undefined), undefined);
  assert.equal(errorText(error), '/x does not exist');
  assert.equal(errorText('x'), 'x');
});

test('lines are whole whatever the chunks are, and too long ones are not kept', async () => {
  const text = 'one\n\nzwölf\r\ntoo long a line\nlast';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const lines = await collectLines(chunks, 7);
    assert.deepEqual(lines, [
      { text: 'one', ended: true },
      { text: '', ended: true },
      { text: 'zwölf\r', ended: true },
      { text: undefined, ended: true },
      { text: 'last', ended: false },
    ]);
  }
  assert.deepEqual(
    (await collectLines(['a\n', 'b'], 7)).map(({ text }) => text),
    ['a', 'b'],
  );
});

async function collectLines(chunks: readonly (Uint8Array | string)[], maxBytes: number): Promise<Line[]> {
  const collected: Line[] = [];
  for await (const lines of splitLines(Readable.from(chunks), maxBytes)) {
    collected.push(...lines);
  }
  return collected;
}
