import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Dictionary, Int32, Utf8 } from 'apache-arrow';
import { GrowingDictionary, makeColumn, withDictionary } from '../../../src/store/arrow-columns.ts';
import { NONE } from '../../../src/trace/index.ts';

it('an index of a null row is one of the dictionary, since some readers look at it', () => {
  const indexes = Int32Array.of(1, NONE, 0);
  const type = new Dictionary(new Utf8(), new Int32(), 0);
  const texts = new GrowingDictionary().extend(2, (i) => `text ${i}`);
  const column = withDictionary(makeColumn(type.indices, indexes, 3, NONE), type, texts);
  assert.deepEqual([...column.values], [1, 0, 0]);
  assert.deepEqual(
    [0, 1, 2].map((row) => column.getValid(row)),
    [true, false, true],
  );
  assert.deepEqual([...indexes], [1, NONE, 0], 'those of the caller are as they were');
});
