import assert from 'node:assert/strict';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStepTimes } from '../../../src/lab/step-times.ts';
import { temporaryFolder } from '../store/sample-trace.ts';

describe('step times', () => {
  it('are remembered by step, the last one of each', (t) => {
    const folder = join(temporaryFolder(t), 'not', 'there yet');
    const times = openStepTimes(folder);
    assert.equal(times.last('booting'), undefined);
    times.note('booting', 8123.4);
    times.note('installing', 90_000);
    times.note('booting', 7000);
    assert.deepEqual([times.last('booting'), openStepTimes(folder).last('installing')], [7000, 90_000]);
    assert.deepEqual(readdirSync(folder), ['step-times.json']);
  });

  it('are unknown where their file is damaged, and begin anew', (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'step-times.json');
    for (const text of ['', '{"booting": ', 'null', '[1]', '{"booting": "soon"}']) {
      writeFileSync(path, text);
      assert.equal(openStepTimes(folder).last('booting'), undefined, text);
    }
    openStepTimes(folder).note('booting', 5);
    assert.equal(openStepTimes(folder).last('booting'), 5);
  });

  it('cannot fail a step', (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    openStepTimes(file).note('booting', 5);
    assert.equal(openStepTimes(file).last('booting'), undefined);
  });
});
