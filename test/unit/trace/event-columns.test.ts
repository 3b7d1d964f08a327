import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  COLUMN_NAMES,
  cutColumns,
  EventColumnsBuilder,
  NO_TID,
  NONE,
  sliceColumns,
  sortColumns,
} from '../../../src/trace/index.ts';

test('columns keep every value through growth', () => {
  const builder = new EventColumnsBuilder();
  const rows = 5000;
  for (let i = 0; i < rows; i++) {
    builder.push({
      type: i % 8,
      tsNs: Number.MAX_SAFE_INTEGER - i,
      tid: -i,
      resource: i,
      stack: i * 2,
      holderTid: i * 3,
      evidence: i % 5,
      mode: i % 2,
      fn: i % 2,
      sizeBytes: i * 2 ** 32,
      gfp: i + 0.5,
    });
  }
  assert.equal(builder.length, rows);
  const columns = builder.take();
  assert.equal(columns.length, rows);
  for (const name of COLUMN_NAMES) {
    assert.equal(columns[name].length, rows, name);
  }
  for (const i of [0, 1023, 1024, 1025, 2047, 2048, 4999]) {
    const row = COLUMN_NAMES.map((name) => columns[name][i]);
    const expected = [
      i % 8,
      Number.MAX_SAFE_INTEGER - i,
      -i,
      i,
      i * 2,
      i * 3,
      i % 5,
      i % 2,
      i % 2,
      i * 2 ** 32,
      i + 0.5,
    ];
    assert.deepEqual(
      row.map((value) => value! + 0),
      expected.map((value) => value + 0),
    );
  }
});

test('missing values are marked', () => {
  const builder = new EventColumnsBuilder();
  builder.push({ type: 0, tsNs: 0 });
  const columns = builder.take();
  const row = COLUMN_NAMES.map((name) => columns[name][0]);
  assert.deepEqual(row, [0, 0, NO_TID, NONE, NONE, NO_TID, NONE, NONE, NONE, NONE, NONE]);
});

test('what was taken is not changed by what comes after', () => {
  const builder = new EventColumnsBuilder();
  builder.push({ type: 1, tsNs: 1 });
  const first = builder.take();
  builder.push({ type: 2, tsNs: 2 });
  const second = builder.take();
  assert.deepEqual([first.tsNs[0], second.tsNs[0], second.length], [1, 2, 1]);
  assert.equal(builder.take().length, 0);
});

test('sorting is by time and keeps the order of arrival among equals, in every column', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const builder = new EventColumnsBuilder();
      for (const [i, tsNs] of times.entries()) {
        builder.push({
          type: i % 8,
          tsNs,
          tid: i,
          resource: i,
          stack: i,
          holderTid: i,
          sizeBytes: i,
          gfp: i,
        });
      }
      const sorted = sortColumns(builder.take());
      const order = times.map((tsNs, i) => ({ tsNs, i })).sort((a, b) => a.tsNs - b.tsNs || a.i - b.i);
      assert.deepEqual(
        Array.from(sorted.tsNs),
        order.map(({ tsNs }) => tsNs),
      );
      for (const name of ['tid', 'resource', 'stack', 'holderTid', 'sizeBytes', 'gfp'] as const) {
        assert.deepEqual(
          Array.from(sorted[name]),
          order.map(({ i }) => i),
          name,
        );
      }
    }),
  );
});

test('columns that are in order already are not copied', () => {
  const builder = new EventColumnsBuilder();
  builder.push({ type: 0, tsNs: 1 });
  builder.push({ type: 0, tsNs: 1 });
  const columns = builder.take();
  assert.equal(sortColumns(columns), columns);
});

test('a cut keeps what happened until then, in every column and in order', () => {
  const builder = new EventColumnsBuilder();
  for (const [i, tsNs] of [5, 9, 3, 7, 8, 7].entries()) {
    builder.push({ type: i, tsNs, tid: i, gfp: i });
  }
  const columns = builder.take();
  const cut = cutColumns(columns, 7);
  assert.equal(cut.length, 4);
  assert.deepEqual(Array.from(cut.tsNs), [5, 3, 7, 7]);
  assert.deepEqual(Array.from(cut.tid), [0, 2, 3, 5]);
  assert.deepEqual(Array.from(cut.gfp), [0, 2, 3, 5]);
  assert.equal(cutColumns(columns, 9), columns);
  assert.equal(cutColumns(columns, 2).length, 0);
});

test('columns that were given back are used again, and only then', () => {
  const builder = new EventColumnsBuilder();
  builder.reserve(2048);
  const fill = (tsNs: number) => {
    for (let i = 0; i < 2048; i++) {
      builder.push({ type: 0, tsNs });
    }
    return builder.take();
  };
  const first = fill(1);
  const second = fill(2);
  builder.giveBack(first);
  builder.giveBack(sliceColumns(second, 0, 1000));
  const [third, fourth, fifth] = [fill(3), fill(4), fill(5)];
  assert.ok([third, fourth, fifth].some(({ tsNs }) => tsNs.buffer === first.tsNs.buffer));
  assert.deepEqual(
    [second, third, fourth, fifth].map(({ tsNs, length }) => [length, tsNs[0], tsNs[2047]]),
    [2, 3, 4, 5].map((at) => [2048, at, at]),
  );
});
