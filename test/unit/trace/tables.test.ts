import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE, ResourceTable, StackTable, StringTable, TaskTable } from '../../../src/trace/index.ts';

test('strings are interned once and keep their index', () => {
  const table = new StringTable();
  assert.deepEqual(
    ['a', 'b', 'a', '', '__proto__'].map((text) => table.intern(text)),
    [0, 1, 0, 2, 3],
  );
  assert.equal(table.size, 4);
  assert.equal(table.get(3), '__proto__');
  assert.equal(table.find('b'), 1);
  assert.equal(table.find('constructor'), undefined);
  assert.throws(() => table.get(4), RangeError);
  assert.throws(() => table.get(NONE), RangeError);
});

test('stacks with the same frames are one, and share frames', () => {
  const table = new StackTable();
  const first = table.intern(['a', 'b']);
  assert.equal(table.intern(['a', 'b']), first);
  assert.notEqual(table.intern(['b', 'a']), first);
  assert.notEqual(table.intern(['a,b']), first);
  assert.equal(table.frames.size, 3);
  assert.deepEqual(table.get(first), ['a', 'b']);
  assert.deepEqual(Array.from(table.frameIndexes(first)), [0, 1]);
});

test('an empty stack is no stack', () => {
  const table = new StackTable();
  assert.equal(table.intern([]), NONE);
  assert.equal(table.size, 0);
  assert.deepEqual(table.get(NONE), []);
  assert.equal(table.intern(['']), 0);
});

test('a resource is its kind and id together', () => {
  const table = new ResourceTable();
  const lock = table.intern('folio_lock', '0x1');
  const writeback = table.intern('folio_writeback', '0x1');
  assert.notEqual(lock, writeback);
  assert.equal(table.intern('folio_lock', '0x1'), lock);
  assert.deepEqual([table.kind(writeback), table.id(writeback)], ['folio_writeback', '0x1']);
  assert.equal(table.find('folio_writeback', '0x1'), writeback);
  assert.equal(table.find('mutex', '0x1'), undefined);
});

test('the last label of a resource counts, and sinks hear of labels they have written', () => {
  const table = new ResourceTable();
  const [first, second] = [table.intern('mutex', '1'), table.intern('mutex', '2')];
  assert.equal(table.label(first), undefined);
  table.setLabel(first, 'a');
  table.setLabel(second, 'b');
  assert.deepEqual(table.takeRelabelled(1), [first], 'the second is not written yet');
  table.setLabel(first, 'a');
  assert.deepEqual(table.takeRelabelled(2), [], 'nothing has changed');
  table.setLabel(second, 'c');
  assert.deepEqual(table.takeRelabelled(2), [second]);
  assert.equal(table.label(second), 'c');
});

test('a task gets a row only when something new is said of it', () => {
  const table = new TaskTable();
  table.set(5, undefined, 'bash', 0);
  table.set(5, undefined, 'bash', 10);
  table.set(5, 4, undefined, 20);
  table.set(5, undefined, 'sleep', 30);
  assert.deepEqual(table.rows(), [
    { tid: 5, pid: undefined, comm: 'bash', fromNs: 0 },
    { tid: 5, pid: 4, comm: 'bash', fromNs: 20 },
    { tid: 5, pid: 4, comm: 'sleep', fromNs: 30 },
  ]);
  assert.equal(table.name(5), 'sleep:5');
  assert.equal(table.name(6), '6');
});

test('a tid with another pid is another task and inherits no name', () => {
  const table = new TaskTable();
  table.set(5, 4, 'bash', 0);
  table.set(5, 9, undefined, 10);
  assert.equal(table.latest(5)?.comm, undefined);
  assert.equal(table.name(5), '5');
});

test('rows of a task table give the same table again', () => {
  const [table, copy] = [new TaskTable(), new TaskTable()];
  table.set(1, 1, 'a', 0);
  table.set(1, 2, undefined, 1);
  table.set(1, undefined, 'b', 2);
  table.set(2, undefined, undefined, 3);
  for (const { tid, pid, comm, fromNs } of table.rows()) {
    copy.set(tid, pid, comm, fromNs);
  }
  assert.deepEqual(copy.rows(), table.rows());
});
