import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeOutputFolder, outputPath } from '../../../../src/cli/repro/output-path.ts';

describe('outputPath', () => {
  it('is named after scenario, kernel and way, unless given', () => {
    assert.equal(outputPath('x', { kernel: '6.1', way: 'hang' }), 'x-6.1.sqlite');
    assert.equal(outputPath('x', { kernel: '6.1', way: 'potential' }), 'x-6.1-potential.sqlite');
    assert.equal(outputPath('x', { kernel: 'newest', way: 'control' }), 'x-newest-control.sqlite');
    assert.equal(outputPath('x', { kernel: '6.1', way: 'hang', output: 'mine.sqlite' }), 'mine.sqlite');
  });

  it('lies in the given folder where there are many', () => {
    assert.equal(outputPath('x', { kernel: '6.1', way: 'hang', all: true }), 'x-6.1.sqlite');
    assert.equal(
      outputPath('x', { kernel: '6.1', way: 'hang', all: true, output: 'a/b' }),
      'a/b/x-6.1.sqlite',
    );
  });
});

describe('makeOutputFolder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-output-'));
  after(() => rmSync(folder, { recursive: true }));

  it('makes it with its parents, and leaves one that is there', () => {
    makeOutputFolder(join(folder, 'a', 'b'));
    makeOutputFolder(join(folder, 'a', 'b'));
    assert.ok(existsSync(join(folder, 'a', 'b')));
  });

  it('refuses a file', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    assert.throws(() => makeOutputFolder(path), { code: 'OUTPUT_NOT_FOLDER', category: 'usage' });
  });
});
