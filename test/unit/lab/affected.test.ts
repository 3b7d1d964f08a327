import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactVersion, findNotAffected } from '../../../src/lab/affected.ts';
import { decodeScenario } from '../../../src/lab/scenario.ts';

const KERNEL = {
  kernelRelease: '6.1.0-56-amd64',
  memoryCgroupV1: true,
  modules: { 'un-fix': 'built', other: 'skipped' },
  packages: { 'linux-image-6.1.0-56-amd64': '6.1.192-2', 'linux-image-amd64': '6.1.200-1' },
} as const;

function scenario(more: object) {
  const least = { id: 'x', title: 'X', signature: 's', driver: ['x'], control: ['x'], timeoutSeconds: 5 };
  return decodeScenario(JSON.stringify({ ...least, ...more }), 'x', 'p');
}

describe('exactVersion', () => {
  it('is that of the package of this very kernel', () => {
    assert.equal(exactVersion(KERNEL), '6.1.192');
    const backport = { 'linux-image-7.3.4+deb13-amd64': '7.3.4-1~bpo13+1' };
    assert.equal(exactVersion({ kernelRelease: '7.3.4+deb13-amd64', packages: backport }), '7.3.4');
  });

  it('is the release where no package says it', () => {
    assert.equal(exactVersion({ kernelRelease: '6.12.117+deb13-amd64', packages: {} }), '6.12.117');
  });
});

describe('findNotAffected', () => {
  it('is undefined for a kernel that nothing speaks against', () => {
    const notAffected = [
      { until: '5.16', reason: 'old' },
      { from: '6.1.193', reason: 'new' },
    ];
    const plain = scenario({ needs: ['memory-cgroup-v1'], module: 'un_fix', notAffected });
    assert.equal(findNotAffected(plain, KERNEL), undefined);
  });

  it('compares ranges with the stable update, not with the ABI number of the release', () => {
    const fixed = scenario({ notAffected: [{ from: '6.1.190', until: '6.2', reason: 'fixed by abc' }] });
    assert.equal(findNotAffected(fixed, KERNEL), 'fixed by abc');
  });

  it('is the missing feature', () => {
    const needing = scenario({ needs: ['memory-cgroup-v1'] });
    assert.match(
      findNotAffected(needing, { ...KERNEL, memoryCgroupV1: false }) ?? '',
      /version 1 memory cgroup/,
    );
  });

  it('is the module that was left out of the image, of the run or of its control', () => {
    const skipped = { ...KERNEL, modules: { 'un-fix': 'skipped' } } as const;
    for (const field of ['module', 'controlModule']) {
      const reason = findNotAffected(scenario({ [field]: 'un_fix fixed=1' }), skipped);
      assert.equal(reason, 'the module un_fix is not for this kernel');
    }
    assert.equal(findNotAffected(scenario({}), skipped), undefined);
  });
});
