import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryFindProgram } from '../../../src/lab/find-program.ts';
import { QEMU, runKvmGuest } from '../../../src/lab/kvm-probe.ts';

test('the probe says whether a guest ran, and why not', async (t) => {
  if (tryFindProgram(QEMU) === undefined) {
    t.skip(`${QEMU} is not installed`);
    return;
  }
  const { usable, reason } = await runKvmGuest();
  assert.equal(typeof usable, 'boolean');
  assert.ok(usable ? reason === 'a guest ran its code' : reason.length > 0);
  t.diagnostic(`KVM ${usable ? 'works' : 'does not work'}: ${reason}`);
});

test('an abort is not taken for an answer', async (t) => {
  if (tryFindProgram(QEMU) === undefined) {
    t.skip(`${QEMU} is not installed`);
    return;
  }
  await assert.rejects(runKvmGuest(AbortSignal.abort()), { name: 'AbortError' });
});
