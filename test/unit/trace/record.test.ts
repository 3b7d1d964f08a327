import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  addRecord,
  EVENT_TYPES,
  NO_TID,
  NONE,
  TraceBuilder,
  type TraceRecord,
  traceRecords,
  tryAddEvent,
} from '../../../src/trace/index.ts';

const WAIT = { type: 'wait_begin', ts: 1, tid: 2, kind: 'mutex', res: '0x1' };
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  wait_begin: ['ts', 'tid', 'kind', 'res'],
  wait_end: ['ts', 'tid', 'kind', 'res'],
  hold_begin: ['ts', 'tid', 'kind', 'res'],
  hold_end: ['ts', 'tid', 'kind', 'res'],
  alloc_begin: ['ts', 'tid', 'fn'],
  alloc_end: ['ts', 'tid', 'fn'],
  io_begin: ['ts', 'res'],
  io_end: ['ts', 'res'],
  task: ['tid'],
  loss: ['ts', 'count', 'reason'],
};
const VALUES: Readonly<Record<string, unknown>> = {
  ts: 1,
  tid: 2,
  kind: 'mutex',
  res: '0x1',
  fn: 'pcpu_alloc',
  count: 3,
  reason: 'x',
};

/** What addRecord says, and that a refused record has left nothing behind. */
function faultOf(record: unknown): string | undefined {
  const builder = new TraceBuilder();
  const fault = addRecord(builder, record);
  const { events, losses, tasks } = builder.take();
  const added = events.length + losses.length + tasks.length;
  assert.equal(added > 0, fault === undefined, inspect(record));
  return fault;
}

test('each type needs exactly its fields, and null is the same as missing', () => {
  for (const [type, needed] of Object.entries(NEEDED)) {
    const whole = { type, ...Object.fromEntries(needed.map((name) => [name, VALUES[name]])) };
    assert.equal(faultOf(whole), undefined, type);
    for (const name of needed) {
      assert.equal(faultOf({ ...whole, [name]: undefined }), 'bad_record', `${type} without ${name}`);
      assert.equal(faultOf({ ...whole, [name]: null }), 'bad_record', `${type} with null ${name}`);
    }
  }
  assert.deepEqual(Object.keys(NEEDED).slice(0, 8), Array.from(EVENT_TYPES));
});

test('every field is checked', () => {
  const bad: Readonly<Record<string, readonly unknown[]>> = {
    ts: ['1', -1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, true, 1n],
    tid: ['2', 0.5, 2 ** 31, NO_TID, -(2 ** 31) - 1, [2]],
    kind: [1, {}, ['mutex'], true],
    res: [1, {}, false],
    pid: ['2', 2 ** 31, 0.5],
    comm: [1, {}],
    holder: ['2', 2 ** 31, 0.5],
    mode: ['shared', 0, ''],
    evidence: ['guess', 0, 'Traced'],
    stack: ['a', [1], ['a', null], {}],
    size: ['1', -1, 0.5, 2 ** 53],
    gfp: ['1', -1, 0.5],
    fn: ['malloc', 0],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      assert.equal(
        faultOf({ ...WAIT, [name]: value }),
        name === 'fn' ? undefined : 'bad_record',
        `${name} ${String(value)}`,
      );
    }
    const optional = !['ts', 'tid', 'kind', 'res'].includes(name);
    assert.equal(faultOf({ ...WAIT, [name]: null }), optional ? undefined : 'bad_record', `${name} null`);
  }
  for (const fn of bad.fn!) {
    assert.equal(faultOf({ type: 'alloc_begin', ts: 1, tid: 1, fn }), 'bad_record');
  }
  for (const [name, value] of [
    ['ts', -1],
    ['count', -1],
    ['count', '1'],
    ['reason', 1],
  ] as const) {
    assert.equal(faultOf({ type: 'loss', ts: 1, count: 1, reason: 'x', [name]: value }), 'bad_record');
  }
  for (const [name, value] of [
    ['tid', 'x'],
    ['pid', 'x'],
    ['comm', 1],
    ['ts', -1],
  ] as const) {
    assert.equal(faultOf({ type: 'task', tid: 1, [name]: value }), 'bad_record');
  }
});

test('what is no record at all is a bad one, a type of another version an unknown one', () => {
  for (const value of [undefined, null, 1, 'x', [], [WAIT], {}, { type: 1 }, { type: null }]) {
    assert.equal(faultOf(value), 'bad_record');
  }
  for (const type of ['', 'wait', 'WAIT_BEGIN', '__proto__', 'toString', 'length', '0']) {
    assert.equal(faultOf({ ...WAIT, type }), 'unknown_event');
  }
});

test('limits of the numbers are taken', () => {
  for (const record of [
    { ...WAIT, ts: Number.MAX_SAFE_INTEGER },
    { ...WAIT, tid: 2 ** 31 - 1 },
    { ...WAIT, tid: NO_TID + 1 },
    { ...WAIT, tid: 0 },
    { ...WAIT, stack: [] },
    { ...WAIT, size: 0 },
    { ...WAIT, comm: '' },
  ]) {
    assert.equal(faultOf(record), undefined);
  }
});

test('records come out as they went in, with tasks and losses at their time', () => {
  const builder = new TraceBuilder();
  const records = [
    { type: 'task', tid: 2, comm: 'a' },
    { ...WAIT, ts: 10, holder: 3, evidence: 'stack', mode: 'read', stack: ['f', 'g'], label: 'x' },
    { type: 'task', ts: 15, tid: 2, comm: 'b' },
    { type: 'loss', ts: 18, count: 1, reason: 'r' },
    { ...WAIT, type: 'wait_end', ts: 20 },
    { type: 'alloc_begin', ts: 30, tid: 2, fn: 'pte_alloc_one', size: 4096, gfp: 3 },
  ];
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined);
  }
  const out = Array.from(traceRecords(builder.finish()));
  const plain = out.map((record) => JSON.parse(JSON.stringify(record)));
  assert.deepEqual(plain, [
    { type: 'task', ts: 0, tid: 2, comm: 'a' },
    { ...records[1] },
    { ...records[2] },
    { ...records[3] },
    { ...records[4], label: 'x' },
    { ...records[5] },
  ]);
});

test('an I/O takes the kind its resource is known by: writeback first', () => {
  const builder = new TraceBuilder();
  const add = (record: Partial<TraceRecord>) => assert.equal(addRecord(builder, record), undefined);
  add({ type: 'io_begin', ts: 1, res: '0x9' });
  add({ ...(WAIT as TraceRecord), res: '0x1' });
  add({ type: 'io_begin', ts: 2, res: '0x1' });
  add({ ...(WAIT as TraceRecord), kind: 'folio_writeback', res: '0x1' });
  add({ type: 'io_end', ts: 3, res: '0x1' });
  add({ type: 'io_end', ts: 4, res: '0x1', kind: 'mutex' });
  const { events, resources } = builder.finish();
  const kinds = Array.from(events.resource, (resource) => resources.kind(resource));
  assert.deepEqual(kinds, ['io', 'mutex', 'folio_writeback', 'mutex', 'folio_writeback', 'mutex']);
});

test('an event in columns is taken only if all its indexes and values are in range', () => {
  const builder = new TraceBuilder();
  const resource = builder.resources.intern('mutex', '0x1');
  const stack = builder.stacks.intern(['f']);
  const good = {
    type: 0,
    tsNs: 1,
    tid: 1,
    resource,
    stack,
    holderTid: 2,
    evidence: 0,
    mode: 0,
    fn: 0,
    sizeBytes: 1,
    gfp: 1,
  };
  const missing = {
    stack: NONE,
    holderTid: NO_TID,
    evidence: NONE,
    mode: NONE,
    fn: NONE,
    sizeBytes: NONE,
    gfp: NONE,
  };
  assert.equal(tryAddEvent(builder, good), true);
  assert.equal(tryAddEvent(builder, { ...good, ...missing }), true);
  assert.equal(tryAddEvent(builder, { ...good, type: 4, resource: NONE }), true);
  assert.equal(tryAddEvent(builder, { ...good, type: 6, tid: NO_TID }), true);
  const bad = [
    { type: -1 },
    { type: 8 },
    { type: Number.NaN },
    { tsNs: -1 },
    { tsNs: Number.NaN },
    { tid: 2 ** 31 },
    { tid: NO_TID },
    { tid: '1' },
    { resource: NONE },
    { resource: 1 },
    { resource: -2 },
    { resource: 0.5 },
    { stack: 1 },
    { holderTid: Number.NaN },
    { evidence: 5 },
    { mode: 2 },
    { fn: 2 },
    { sizeBytes: -2 },
    { gfp: '1' },
    { type: 4, fn: NONE },
    { type: 5, tid: NO_TID },
    { type: 7, resource: NONE },
  ];
  for (const fault of bad) {
    assert.equal(tryAddEvent(builder, { ...good, ...fault } as typeof good), false, JSON.stringify(fault));
  }
  assert.equal(builder.finish().events.length, 4);
});
