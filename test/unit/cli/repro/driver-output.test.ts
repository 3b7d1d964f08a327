import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeDriverLine, listTids } from '../../../../src/cli/repro/driver-output.ts';

describe('decodeDriverLine', () => {
  it('reads steps and results with their fields', () => {
    const step = decodeDriverLine('step 20.263797 armed tgid=214 inode=13');
    assert.equal(step?.type, 'step');
    assert.equal(step?.type === 'step' && step.name, 'armed');
    assert.equal(step?.fields.get('inode'), '13');
    const result = decodeDriverLine('result hung fault_pid=214 second_pid=9 seconds=0.145\r');
    assert.equal(result?.type === 'result' && result.result, 'hung');
    assert.deepEqual(
      [...(result?.fields ?? [])],
      [
        ['fault_pid', '214'],
        ['second_pid', '9'],
        ['seconds', '0.145'],
      ],
    );
  });

  it('passes over everything else', () => {
    for (const line of ['', 'result', 'result maybe', 'step 1.0', 'exit 0', 'resulthung', '  ']) {
      assert.equal(decodeDriverLine(line), undefined, line);
    }
  });
});

describe('listTids', () => {
  it('takes every role once, and nothing that is no task', () => {
    const line = decodeDriverLine('result hung a_pid=12 b_pid=9 c_pid=12 d_pid=0 e_pid=none pid=4 f_pid=-3');
    assert.deepEqual(line && listTids(line), [12, 9]);
  });
});
