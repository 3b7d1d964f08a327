import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  COLUMN_NAMES,
  concatColumns,
  type EventColumns,
  EventColumnsBuilder,
  EventOrder,
  type EventOrderOptions,
  sliceColumns,
  sortColumns,
} from '../../../src/trace/index.ts';

/** Events at these times; every other column tells the order of arrival. */
function columnsAt(times: readonly number[]): EventColumns {
  const builder = new EventColumnsBuilder();
  for (const [i, tsNs] of times.entries()) {
    builder.push({
      type: i % 8,
      tsNs,
      tid: i,
      resource: i,
      stack: -i,
      holderTid: i,
      evidence: i % 100,
      mode: i % 100,
      fn: i % 100,
      sizeBytes: i,
      gfp: -i,
    });
  }
  return builder.take();
}

function cut(columns: EventColumns, sizes: readonly number[]): EventColumns[] {
  const batches: EventColumns[] = [];
  for (let from = 0, i = 0; from < columns.length; i++) {
    const to = Math.min(columns.length, from + sizes[i % sizes.length]!);
    batches.push(sliceColumns(columns, from, to));
    from = to;
  }
  return batches;
}

function pass(batches: readonly EventColumns[], options: EventOrderOptions) {
  const order = new EventOrder(options);
  const out = batches.flatMap((batch) => order.add(batch));
  out.push(...order.end());
  return { out, order };
}

/** What comes out in the pass that counts. */
function putInOrder(batches: readonly EventColumns[], windowEvents: number) {
  const first = pass(batches, { windowEvents });
  if (first.order.lateEvents === 0) {
    return { ...first, passes: 1 };
  }
  const second = pass(batches, { windowEvents, late: first.order.takeLate() });
  assert.equal(second.order.lateEvents, first.order.lateEvents, 'a second pass finds the same late');
  return { ...second, passes: 2 };
}

function plain(columns: EventColumns): Record<string, number[]> {
  return Object.fromEntries(COLUMN_NAMES.map((name) => [name, Array.from(columns[name])]));
}

const reversed = (length: number) => Array.from({ length }, (_, i) => length - i);
const times = fc.oneof(
  fc.array(fc.nat(20), { maxLength: 80 }),
  fc.array(fc.nat(), { maxLength: 80 }),
  fc.nat(60).map(reversed),
  fc.nat(60).map((length) => Array.from({ length }, (_, i) => i >> 2)),
  // Nearly in order, each a little behind: as a capture is.
  fc.array(fc.nat(4), { maxLength: 80 }).map((behind) => behind.map((by, i) => i * 2 - by * by)),
  // Duplicates of a whole stretch.
  fc.array(fc.nat(9), { maxLength: 20 }).map((one) => [...one, ...one, ...one]),
);

test('whatever the window and the batches, the order is that of sorting the whole', () => {
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
      (at, windowEvents, sizes) => {
        const columns = columnsAt(at);
        const { out } = putInOrder(cut(columns, sizes), windowEvents);
        assert.deepEqual(plain(concatColumns(out)), plain(sortColumns(columns)));
      },
    ),
    { numRuns: 2000 },
  );
});

test('batches in order come out as they went in, not copied', () => {
  const batches = cut(columnsAt(Array.from({ length: 100 }, (_, i) => i >> 1)), [7, 1, 3]);
  const { out, passes } = putInOrder(batches, 10);
  assert.equal(passes, 1);
  assert.equal(out.length, batches.length);
  assert.ok(out.every((batch, i) => batch === batches[i]));
});

test('what no other batch reaches into is not copied', () => {
  const batches = cut(columnsAt([1, 2, 3, 4, 7, 8, 6, 9, 10, 11, 12, 13]), [2]);
  const { out } = putInOrder(batches, 100);
  assert.deepEqual(
    out.map(({ tsNs }) => Array.from(tsNs)),
    [[1, 2], [3, 4], [6, 7, 8], [9], [10, 11], [12, 13]],
  );
  const buffers = (columns: readonly EventColumns[]) => new Set(columns.map(({ tsNs }) => tsNs.buffer));
  const copied = out.filter(({ tsNs }) => !buffers(batches).has(tsNs.buffer));
  assert.deepEqual(
    copied.map(({ length }) => length),
    [3],
  );
});

test('batches that were copied are told, and only those', () => {
  const batches = cut(columnsAt([2, 1, 3, 4, 6, 5]), [2]);
  const copied: EventColumns[] = [];
  pass(batches, { onCopied: (batch) => copied.push(batch) });
  assert.deepEqual(copied, [batches[0], batches[2]]);
});

test('an event that is late by less than half the window needs no second pass', () => {
  const at = Array.from({ length: 400 }, (_, i) => i * 10);
  for (let i = 60; i < 400; i += 7) {
    at[i] = (i - 45) * 10 + 1;
  }
  assert.equal(putInOrder(cut(columnsAt(at), [5]), 100).passes, 1);
  assert.equal(putInOrder(cut(columnsAt(at), [5]), 50).passes, 2);
});

test('no more than the window and a batch is held back', () => {
  const batches = cut(columnsAt(Array.from({ length: 1000 }, (_, i) => (i % 13) + i * 2)), [10]);
  const order = new EventOrder({ windowEvents: 100 });
  let held = 0;
  for (const batch of batches) {
    held += batch.length - order.add(batch).reduce((sum, { length }) => sum + length, 0);
    assert.ok(held < 100, `${held} events`);
  }
});

test('a lone event far ahead of its time is no trouble to those after it', () => {
  const at = Array.from({ length: 300 }, (_, i) => i);
  at[20] = Number.MAX_SAFE_INTEGER;
  const { out, passes } = putInOrder(cut(columnsAt(at), [4]), 20);
  assert.equal(passes, 1);
  assert.deepEqual(plain(concatColumns(out)), plain(sortColumns(columnsAt(at))));
});
