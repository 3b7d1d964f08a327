import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../../src/package-root.ts';
import { runCli } from './run-cli.ts';

const hang = join(packageRoot(), 'test/golden/ext4-fault-writeback.ndjson');
/** Settings of whoever runs the tests that would open a browser. */
const NOWHERE = { BROWSER: '', DISPLAY: '', WAYLAND_DISPLAY: '', SSH_CONNECTION: '' };

describe('holdwait open', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-open-'));
  after(() => rmSync(folder, { recursive: true }));
  const open = (args: readonly string[], env: Record<string, string> = {}) =>
    runCli(['open', ...args], '', { ...NOWHERE, TMPDIR: folder, ...env });

  it('writes a page that only this user can read, and prints its path', async () => {
    const { status, stdout, stderr } = await open([hang, '--no-browser']);
    assert.equal(status, 1);
    const path = stdout.trimEnd();
    assert.equal(basename(path), 'ext4-fault-writeback.html');
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
    assert.equal(dirname(dirname(path)), folder);
    assert.match(readFileSync(path, 'utf8'), /^<!doctype html>[\s\S]*<\/html>\n$/);
    assert.match(stderr, /^Page, for you alone to read: [\d.]+ KiB\n$/);
  });

  it('gives the page to what BROWSER names, after what fails', async () => {
    const told = join(folder, 'told');
    const script = join(folder, 'browser');
    writeFileSync(script, `#!/bin/sh\nprintf '%s\\n' "$@" > '${told}'\n`, { mode: 0o755 });
    const BROWSER = `${join(folder, 'nothing')}:/bin/false:${script} --tab %s`;
    const { stdout, stderr } = await open([hang], { BROWSER });
    assert.equal(readFileSync(told, 'utf8'), `--tab\n${pathToFileURL(stdout.trimEnd()).href}\n`);
    assert.doesNotMatch(stderr, /No browser/);
  });

  it('says why no browser was started, and where the page is', async () => {
    const failing = await open([hang], { BROWSER: `${join(folder, 'nothing')}:/bin/false` });
    assert.match(
      failing.stderr,
      /No browser was started: \S+nothing is not there, \/bin\/false ended with 1\./,
    );
    assert.ok(existsSync(failing.stdout.trimEnd()));
  });

  it('says how to copy the page out of an SSH session', async () => {
    const SSH_CONNECTION = '10.0.0.9 50000 10.0.0.5 2222';
    const { status, stdout, stderr } = await open([hang], { SSH_CONNECTION });
    assert.equal(status, 1);
    assert.match(stderr, /No browser was started: there is no display here\./);
    assert.match(stderr, /: scp -P 2222 \w+@10\.0\.0\.5:\S+\/ext4-fault-writeback\.html \.\n$/);
    assert.ok(stderr.includes(stdout.trimEnd()));
  });

  it('names the page in letters that need no quoting', async () => {
    const capture = join(folder, "--a 'b';\n$(c).ndjson");
    writeFileSync(capture, readFileSync(hang));
    const { stdout } = await open(['--no-browser', '--', capture]);
    assert.equal(basename(stdout.trimEnd()), 'a_b_c_.html');
  });

  it('leaves nothing behind of an input that cannot be read', async () => {
    const before = readdirSync(folder);
    const { status, stderr } = await open([join(folder, 'nothing')]);
    assert.equal(status, 2);
    assert.match(stderr, /does not exist/);
    assert.deepEqual(readdirSync(folder), before);
  });

  it('leaves nothing behind where the page cannot be written', () => {
    const before = readdirSync(folder);
    // As on a disk that is full: files end at half a KiB.
    const limited = ['-c', 'ulimit -f 1; exec "$@"', 'sh', process.execPath];
    const holdwait = [join(packageRoot(), 'src/cli/holdwait.js'), 'open', hang, '--no-browser'];
    const { status, stderr } = spawnSync('/bin/sh', [...limited, ...holdwait], {
      env: { ...process.env, ...NOWHERE, HOLDWAIT_CONFIG: '', TMPDIR: folder },
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, /file too large.*\nhint: /);
    assert.deepEqual(readdirSync(folder), before);
  });
});
