import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareVersions, isInRange, isVersion } from '../../../src/lab/version-range.ts';

describe('compareVersions', () => {
  it('compares numbers, not texts, and takes what is missing for 0', () => {
    const sorted = ['5.9', '5.10', '5.10.262', '6.1', '6.1.2', '6.1.10', '6.12', '7.3.4'];
    const shuffled = [...sorted].reverse();
    assert.deepEqual(shuffled.sort(compareVersions), sorted);
    assert.equal(compareVersions('6.1', '6.1.0'), 0);
    assert.equal(compareVersions('6.1.0-56-amd64', '6.1.0'), 0);
  });
});

describe('isInRange', () => {
  it('has its beginning and not its end', () => {
    const range = { from: '5.16', until: '6.1.100' };
    const versions = ['5.15.200', '5.16', '6.1.99', '6.1.100', '6.2'];
    assert.deepEqual(
      versions.filter((version) => isInRange(version, range)),
      ['5.16', '6.1.99'],
    );
  });

  it('may be open on either side', () => {
    assert.ok(isInRange('4.4', { until: '5.10' }));
    assert.ok(!isInRange('5.10.1', { until: '5.10' }));
    assert.ok(isInRange('7.3.4', { from: '7.3.4' }));
    assert.ok(!isInRange('7.3.3', { from: '7.3.4' }));
  });
});

describe('isVersion', () => {
  it('is numbers and dots', () => {
    assert.deepEqual(['6.12', '6.12.107', '7'].map(isVersion), [true, true, true]);
    assert.deepEqual(['', '6.x', '6.1-rc1', '6.', 'v6.1'].map(isVersion), [
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
