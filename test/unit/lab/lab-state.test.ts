import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLabState } from '../../../src/lab/lab-state.ts';

test('a lab that there is not is told how it is booted, and what lists the others', () => {
  assert.throws(() => readLabState('no-such-lab'), {
    category: 'target',
    code: 'LAB_UNKNOWN',
    message: 'There is no lab no-such-lab.',
    hint: 'holdwait lab up --name no-such-lab boots it; holdwait lab list says which there are',
  });
});
