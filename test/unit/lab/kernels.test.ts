import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPreferences, formatSourcesList, parseKernelName } from '../../../src/lab/kernels.ts';

test('userland and kernel come from the release of each', () => {
  const lines = formatSourcesList('5.10').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ')[2]),
    ['trixie', 'trixie-security', 'bullseye', 'bullseye-security'],
  );
  assert.match(formatPreferences('5.10'), /^Pin: release n=bullseye\*$/m);
});

test('a release that serves both is named once', () => {
  assert.equal(formatSourcesList('6.12').trim().split('\n').length, 2);
});

test('backports have no security archive', () => {
  assert.ok(!formatSourcesList('newest').includes('trixie-backports-security'));
});

test('another kernel is refused with the names there are', () => {
  assert.throws(() => parseKernelName('4.19'), {
    category: 'usage',
    code: 'KERNEL_UNKNOWN',
    hint: /5\.10, 6\.1, 6\.12, newest/,
  });
});
