import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { installCommands, listDependencies, parseDependencies } from '../../../src/lab/deps.ts';
import { findProgram, tryFindProgram } from '../../../src/lab/find-program.ts';
import { packageRoot } from '../../../src/package-root.ts';

test('packages are read by section, with their reasons', () => {
  const text = '# words\n[lab]\nqemu-utils   qemu-img: overlays\n\n[test]\nopenssh-server  a real sshd\n';
  assert.deepEqual(parseDependencies(text, 'lab'), [{ name: 'qemu-utils', reason: 'qemu-img: overlays' }]);
  assert.deepEqual(parseDependencies(text, 'none'), []);
});

test('every package in the list has a reason, and the lab has what it runs', () => {
  const names = listDependencies().map(({ name }) => name);
  for (const name of ['qemu-system-x86', 'qemu-utils', 'mmdebstrap', 'e2fsprogs']) {
    assert.ok(names.includes(name), name);
  }
});

test('apt runs as root, or through sudo', () => {
  assert.deepEqual(installCommands(['a'], true)[1], [
    'apt-get',
    'install',
    '-y',
    '--no-install-recommends',
    'a',
  ]);
  assert.equal(installCommands(['a'], false)[0]![0], 'sudo');
});

test('a program is found in PATH and where system programs are', () => {
  assert.equal(tryFindProgram('sh', '/nowhere:/bin'), '/bin/sh');
  assert.equal(tryFindProgram('sh', '/nowhere'), undefined);
  assert.throws(() => findProgram('no-such-program'), { code: 'PROGRAM_MISSING', hint: 'holdwait lab deps' });
});

test('without QEMU the command ends with what is missing and what to do', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'holdwait-home-'));
  t.after(() => rmSync(home, { recursive: true }));
  const launcher = join(packageRoot(), 'src/cli/holdwait.js');
  const { status, stderr } = spawnSync(process.execPath, [launcher, 'lab', 'up'], {
    encoding: 'utf8',
    env: { HOME: home, PATH: '/nowhere' },
  });
  assert.equal(status, 3);
  assert.match(stderr, /needs qemu-system-x86_64, which is not installed[\s\S]*hint: holdwait lab deps/);
});
