import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../../../src/package-root.ts';
import { findPrograms } from './code-blocks.ts';
import { installPackage, run } from './installed-package.ts';

const root = packageRoot();
const folder = mkdtempSync(join(tmpdir(), 'holdwait-guide-'));
const programs = findPrograms('library', 'ts').map((program) => ({
  ...program,
  file: `line-${program.line}.ts`,
}));

/** The programs of `holdwait guide library`, in a folder that has the package and nothing else of this checkout. */
describe('the programs of the guide', () => {
  before(() => {
    installPackage(folder);
    copyFileSync(join(root, 'test/golden/ext4-fault-writeback.ndjson'), join(folder, 'hang.ndjson'));
    const simulate = ['simulate', '--events', '200k', '--seed', '7', '-o', 'big.arrow'];
    run('node', ['node_modules/holdwait/src/cli/holdwait.js', ...simulate], folder);
    for (const { file, text } of programs) {
      writeFileSync(join(folder, file), text);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is in the package with them', () => {
    const { stdout } = run('node', ['node_modules/holdwait/src/cli/holdwait.js', 'guide', 'library'], folder);
    assert.match(stdout, /^Use as a library\n=/);
  });

  it('are there, and each says what it prints', () => {
    assert.ok(programs.length >= 6);
    for (const { prints, line } of programs) {
      assert.notEqual(prints, '', `line ${line}`);
    }
  });

  it('have types that a strict compiler takes', () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
    run(join(root, 'node_modules/.bin/tsc'), [...options, ...programs.map(({ file }) => file)], folder);
  });

  for (const { file, prints, line } of programs) {
    it(`on line ${line} prints what the guide says`, () => {
      assert.equal(run('node', [file], folder).stdout, prints);
    });
  }
});
