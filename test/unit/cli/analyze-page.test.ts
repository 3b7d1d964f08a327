import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../src/package-root.ts';
import { runCli } from './run-cli.ts';

const golden = (name: string) => join(packageRoot(), 'test/golden', `${name}.ndjson`);
const hang = golden('ext4-fault-writeback');
const convoy = golden('convoy');

describe('holdwait analyze --html', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-analyze-page-'));
  after(() => rmSync(folder, { recursive: true }));
  let made = 0;
  const newPath = () => join(folder, `${++made}.html`);

  for (const [what, args] of Object.entries({
    'a hang': [hang],
    'waits that ended': [convoy],
    'times of a task': [convoy, '--task', 'fsyncer', '--top', '2'],
    'a moment': [convoy, '--at', '-1s'],
    'an object': [convoy, '--json'],
    'an object with times': [convoy, '--json', '--times'],
  })) {
    it(`prints what it prints without: ${what}`, async () => {
      const path = newPath();
      const without = await runCli(['analyze', ...args]);
      const beside = await runCli(['analyze', ...args, '--html', path]);
      assert.equal(beside.stdout, without.stdout);
      assert.equal(beside.status, without.status);
      assert.match(beside.stderr, new RegExp(`^Page: ${path}, [\\d.]+ KiB\\n$`));
      assert.match(readFileSync(path, 'utf8'), /^<!doctype html>[\s\S]*<\/html>\n$/);
    });
  }

  it('writes the page to standard output for -', async () => {
    const { status, stdout, stderr } = await runCli(['analyze', hang, '--html', '-']);
    assert.equal(status, 1);
    assert.match(stdout, /^<!doctype html>[\s\S]*<\/html>\n$/);
    assert.match(stderr, /^Page: on standard output, /);
    const both = await runCli(['analyze', hang, '--html', '-', '--json']);
    assert.equal(both.status, 2);
    assert.match(both.stderr, /both want standard output\nhint: .*--html report\.html/);
  });

  it('reads standard input, without its name in the page', async () => {
    const path = newPath();
    const { status } = await runCli(['analyze', '-', '--html', path], readFileSync(hang, 'utf8'));
    assert.equal(status, 1);
    assert.match(readFileSync(path, 'utf8'), /<title>standard input: deadlock/);
  });

  it('leaves out the shortest waits and says so', async () => {
    const { stderr } = await runCli(['analyze', convoy, '--html', newPath(), '--html-spans', '3']);
    assert.match(stderr, /, with the longest: 3 of \d+ waits and 2 of \d+ holds \(--html-spans\)\n$/);
  });

  it('refuses what is about a page where none is asked for, but in a configuration', async () => {
    for (const option of [['--force'], ['--html-spans', '3']]) {
      const { status, stdout, stderr } = await runCli(['analyze', hang, ...option]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, new RegExp(`^holdwait: ${option[0]} is about a page.*\\nhint: Add --html `));
    }
    const config = join(folder, 'config.toml');
    writeFileSync(config, 'html-spans = 3\n');
    const { status, stderr } = await runCli(['analyze', hang], '', { HOLDWAIT_CONFIG: config });
    assert.deepEqual([status, stderr], [1, '']);
  });

  it('keeps what is there, unless told not to, and the capture in any case', async () => {
    const path = newPath();
    writeFileSync(path, 'notes');
    const kept = await runCli(['analyze', hang, '--html', path]);
    assert.equal(kept.status, 2);
    assert.equal(kept.stdout, '');
    assert.match(kept.stderr, /exists already\nhint: .*--force/);
    assert.equal(readFileSync(path, 'utf8'), 'notes');
    assert.equal((await runCli(['analyze', hang, '--html', path, '--force'])).status, 1);
    assert.match(readFileSync(path, 'utf8'), /^<!doctype/);

    const capture = join(folder, 'capture.ndjson');
    writeFileSync(capture, readFileSync(hang));
    const same = await runCli(['analyze', capture, '--html', capture, '--force']);
    assert.equal(same.status, 2);
    assert.match(same.stderr, /is the capture itself/);
    assert.deepEqual(readFileSync(capture), readFileSync(hang));
  });

  it('leaves nothing behind where there is no capture to read', async () => {
    const path = newPath();
    const { status } = await runCli(['analyze', join(folder, 'nothing'), '--html', path]);
    assert.equal(status, 2);
    assert.ok(!existsSync(path));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('partial')),
      [],
    );
  });
});
