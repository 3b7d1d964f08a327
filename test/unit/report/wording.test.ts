import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameTasks } from '../../../src/report/wording.ts';

describe('nameTasks()', () => {
  it('names a few and counts the others', () => {
    const tids = Array.from({ length: 10_000 }, (_, i) => i + 1);
    assert.equal(nameTasks({ 1: { name: 'a:1', holds: [] } }, tids), 'a:1, 2 and 9,998 others');
    assert.equal(nameTasks({}, tids.slice(0, 3)), '1, 2 and 3');
    assert.equal(nameTasks({}, []), '');
  });
});
