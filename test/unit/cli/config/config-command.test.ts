import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../../src/package-root.ts';
import { runCli } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdwait-config-'));
const golden = join(packageRoot(), 'test/golden/ext4-fault-writeback.ndjson');
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs a command with a configuration. */
function runWith(text: string, ...args: string[]) {
  return runCli(args, '', { HOLDWAIT_CONFIG: write('config.toml', text) });
}

describe('a command with a configuration', () => {
  it('does what it says, unless the command line says something else', async () => {
    const asked = async (width: string) => (await runCli(['analyze', golden, '--width', width])).stdout;
    const [at60, at70, at130] = await Promise.all(['60', '70', '130'].map(asked));
    assert.equal(new Set([at60, at70, at130]).size, 3);
    const said = async (text: string, ...args: string[]) =>
      (await runWith(text, 'analyze', golden, ...args)).stdout;
    assert.equal(await said('width = 70'), at70);
    assert.equal(await said('width = 70', '--width', '130'), at130);
    assert.equal(await said('width = 70\n[analyze]\nwidth = 60'), at60);
  });

  it('says with --verbose what comes from it', async () => {
    const { stderr } = await runWith('verbose = true\nwidth = 70', 'analyze', golden);
    assert.match(stderr, /^configuration \S+config\.toml: .*width = 70.*verbose = true/m);
    const { stderr: quiet } = await runWith('verbose = true', 'analyze', golden, '--quiet');
    assert.equal(quiet, '');
  });

  it('reaches a target by the name that it has there', async () => {
    const { status, stderr } = await runWith(
      '[targets]\ndb = "root@127.0.0.1:1"',
      'doctor',
      'db',
      '--verbose',
    );
    assert.equal(status, 3);
    assert.match(stderr, /^db is root@127\.0\.0\.1:1$/m);
    assert.match(stderr, /^holdwait: .*127\.0\.0\.1.*1/m);
  });

  it('is stopped by one that cannot be used, and told where and what', async () => {
    const { status, stdout, stderr } = await runWith('\nhang-treshold = "5s"', 'analyze', golden);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(
      stderr,
      /config\.toml:2: .*hang-treshold; did you mean hang-threshold\?\nhint: `holdwait config`/,
    );
  });

  it('is not stopped by mistakes in the tables of others', async () => {
    assert.equal((await runWith('[watch]\nkeep = 5', 'analyze', golden)).status, 1);
  });

  it('is told of a configuration that is named and not there', async () => {
    const { status, stderr } = await runCli(['analyze', golden], '', { HOLDWAIT_CONFIG: join(folder, 'no') });
    assert.equal(status, 2);
    assert.match(stderr, /no does not exist\nhint: .*HOLDWAIT_CONFIG= /);
  });

  for (const args of [['--help'], ['analyze', '--help'], ['--version'], ['schema'], ['guide']]) {
    it(`${args.join(' ')} needs none`, async () => {
      assert.equal((await runWith('[', ...args)).status, 0);
    });
  }
});

describe('holdwait config', () => {
  it('prints what is set, where, and for whom', async () => {
    const { status, stdout } = await runWith(
      'width = 70\nverbose = true\n[lab.up]\ncpus = 4\n[targets]\ndb = "root@db1"',
      'config',
    );
    assert.equal(status, 0);
    assert.match(stdout, /^\S+config\.toml, named by HOLDWAIT_CONFIG\n/);
    assert.match(stdout, /^ {2}width = 70 +line 1 +for .*analyze/m);
    assert.match(stdout, /^ {2}verbose = true +line 2 +for every command$/m);
    assert.match(stdout, /^ {2}cpus = 4 +line 4 +for lab up$/m);
    assert.match(stdout, /^ {2}db +root@db1$/m);
  });

  it('prints the same as data', async () => {
    const { stdout } = await runWith('width = 70\n[targets]\ndb = "root@db1"', 'config', '--json');
    const { path, exists, settings, targets, problems } = JSON.parse(stdout);
    assert.deepEqual(
      [path, exists, targets, problems],
      [join(folder, 'config.toml'), true, { db: 'root@db1' }, []],
    );
    assert.deepEqual([settings[0].key, settings[0].value, settings[0].line], ['width', 70, 1]);
    assert.ok(settings[0].commands.includes('analyze'));
  });

  it('prints what can be used beside what cannot, and ends with 2', async () => {
    const { status, stdout, stderr } = await runWith('bogus = 1\n[analyze]\ntop = 3', 'config');
    assert.equal(status, 2);
    assert.match(stdout, /top = 3 +line 3 +for analyze/);
    assert.match(stderr, /config\.toml:1: no command has the option --bogus/);
  });

  it('writes one to begin with in the XDG folder, and never over another', async () => {
    const env = { HOLDWAIT_CONFIG: undefined, XDG_CONFIG_HOME: join(folder, 'xdg') };
    const withoutName = (...args: string[]) => runCli(args, '', env);
    const path = join(folder, 'xdg/holdwait/config.toml');
    assert.match((await withoutName('config')).stdout, /there is none: `holdwait config --init`/);
    assert.deepEqual(await withoutName('config', '--init'), { status: 0, stdout: `${path}\n`, stderr: '' });
    assert.match(readFileSync(path, 'utf8'), /^# hang-threshold =/m);
    writeFileSync(path, 'width = 70\n');
    const again = await withoutName('config', '--init');
    assert.equal(again.status, 2);
    assert.match(again.stderr, /exists already\nhint: /);
    assert.equal(readFileSync(path, 'utf8'), 'width = 70\n');
    assert.match((await withoutName('config')).stdout, /named by XDG_CONFIG_HOME[\s\S]*width = 70/);
  });

  it('says that none is read where none is wanted', async () => {
    const { status, stderr } = await runCli(['config'], '', { HOLDWAIT_CONFIG: '' });
    assert.equal(status, 2);
    assert.match(stderr, /HOLDWAIT_CONFIG is empty/);
  });
});
