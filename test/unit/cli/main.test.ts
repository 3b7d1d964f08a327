import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { packageRoot } from '../../../src/package-root.ts';
import { runCli, runNode } from './run-cli.ts';

const root = packageRoot();

describe('holdwait', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const flag of ['--version', '-V']) {
      assert.deepEqual(await runCli([flag]), { status: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it('prints help on standard output when asked, and what each command takes', async () => {
    const { status, stdout } = await runCli(['--help']);
    assert.equal(status, 0);
    for (const command of ['analyze', 'show', 'import', 'export', 'catalog', 'schema']) {
      assert.match(stdout, new RegExp(`^ +${command}\\b`, 'm'));
      assert.equal((await runCli([command, '--help'])).status, 0);
    }
    assert.match(stdout, /Exit status: 0 nothing found/);
  });

  it('says that its output cannot be written, which is no finding', {
    skip: !existsSync('/dev/full'),
  }, () => {
    const full = openSync('/dev/full', 'w');
    try {
      const capture = join(root, 'test/golden/convoy.ndjson');
      for (const args of [
        ['analyze', capture],
        ['export', capture],
        ['query', capture, 'VALUES (1)'],
      ]) {
        const { status, stderr } = spawnSync(process.execPath, [join(root, 'src/cli/holdwait.js'), ...args], {
          encoding: 'utf8',
          stdio: ['ignore', full, 'pipe'],
        });
        assert.equal(status, 2, args[0]);
        assert.match(stderr, /^holdwait: standard output cannot grow: the disk is full\nhint: /, args[0]);
      }
    } finally {
      closeSync(full);
    }
  });

  it('prints the help of a command for `help`, also of one within another', async () => {
    assert.match((await runCli(['help', 'lab', 'up'])).stdout, /^Usage: holdwait lab up /);
    assert.match((await runCli(['help', 'lab'])).stdout, /^Usage: holdwait lab /);
    const { status, stdout } = await runCli(['help']);
    assert.deepEqual([status, stdout.split('\n')[0]], [0, 'Usage: holdwait [options] [command]']);
  });

  it('ends with 2 without a command', async () => {
    const { status, stdout, stderr } = await runCli([]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^Usage: holdwait/);
  });

  const mistakes: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [['analyse', 'x'], /unknown command 'analyse'[\s\S]*Did you mean analyze\?[\s\S]*hint:/],
    [['analyze', 'x', '--jsom'], /unknown option '--jsom'[\s\S]*Did you mean --json\?/],
    [['help', 'analyse'], /unknown command 'analyse'[\s\S]*Did you mean analyze\?/],
    [['analyse', '--help'], /unknown command 'analyse'[\s\S]*Did you mean analyze\?/],
    [['lab', 'upp'], /unknown command 'upp'[\s\S]*Did you mean up\?/],
    [['help', 'lab', 'statsu'], /unknown command 'statsu'[\s\S]*Did you mean status\?/],
    [['lab', 'up', '--kernal', '6.1'], /unknown option '--kernal'[\s\S]*Did you mean --kernel\?/],
    [['--verson'], /unknown option '--verson'[\s\S]*Did you mean --version\?/],
    [['--json', 'analyze', 'x'], /--json stands before the command\nhint: .*holdwait analyze … --json\n/],
    [['--width', '80', 'show', 'x'], /--width 80 stands before .*\nhint: .*holdwait show … --width 80\n/],
    [['-v'], /unknown option '-v'/],
    [['-v', 'analyse', 'x'], /unknown command 'analyse'[\s\S]*Did you mean analyze\?/],
    [['analyze'], /missing required argument 'file'/],
    [['analyze', 'a', 'b'], /too many arguments/],
    [['analyze', 'x', '--hang-threshold', '10'], /--hang-threshold.*10s|number and a unit/],
    [['analyze', 'x', '--width', '0'], /At least 1/],
    [['catalog', 'no-such-thing'], /no signature has the id no-such-thing\nhint: holdwait catalog/],
    [['catalog', '--signatures', '/nonexistent'], /nonexistent does not exist/],
  ];
  for (const [args, said] of mistakes) {
    it(`ends with 2 for ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await runCli(args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, said);
      assert.match(stderr, /^holdwait: /);
    });
  }

  it('prints its schema as JSON', async () => {
    const { stdout } = await runCli(['schema']);
    assert.equal(JSON.parse(stdout).title, 'holdwait.analysis/1');
  });

  it('lists and explains the documented deadlocks', async () => {
    assert.match((await runCli(['catalog'])).stdout, /^ext4-fault-writeback /m);
    assert.match((await runCli(['catalog', 'ext4-fault-writeback'])).stdout, /^fix +63f3655f9501/m);
    const { stdout } = await runCli(['catalog', 'ext4-fault-writeback', '--json']);
    assert.equal(JSON.parse(stdout).id, 'ext4-fault-writeback');
  });
});

describe('the launcher', () => {
  it('refuses an old Node in a sentence', async () => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '18.20.4' });
      await import(${JSON.stringify(join(root, 'src/cli/holdwait.js'))});`;
    const { status, stdout, stderr } = await runNode(['--input-type=module', '-e', pretend]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(
      stderr,
      /^holdwait: Node 22\.18 or newer is needed, this is 18\.20\.4 .*\nhint: .*npx holdwait/,
    );
  });

  it('says so on the real old Node of this machine', (t) => {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
      return /^v(1\d|20|21)\./.test(stdout ?? '');
    });
    if (old === undefined) {
      t.skip('no Node before 22 here');
      return;
    }
    const { status, stderr } = spawnSync(old, [join(root, 'src/cli/holdwait.js'), '--version'], {
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, /Node 22\.18 or newer is needed/);
  });
});

/** A command that works until it is interrupted; its tear-down lasts until the test says so, or for ever. */
function startInterruptible(tearDown: string) {
  const module = JSON.stringify(join(root, 'src/cli/shared/interrupt.ts'));
  const errors = JSON.stringify(join(root, 'src/cli/shared/errors.ts'));
  const script = `
    import { withInterrupt } from ${module};
    import { reportError } from ${errors};
    const alive = setInterval(() => {}, 1000);
    await withInterrupt(async (signal) => {
      const aborted = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      console.log('ready');
      try { await aborted; } finally { console.log('tearing down'); ${tearDown} }
    }).catch((error) => { process.exitCode = reportError(error, console.error); });
    clearInterval(alive);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('an interrupt', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} lets the command tear down and ends with 130`, async () => {
      const child = startInterruptible('');
      await once(child.stdout, 'data');
      child.kill(signal);
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
      assert.deepEqual(await once(child, 'close'), [130, null]);
      assert.equal(stderr, `holdwait: interrupted by ${signal}\n`);
    });
  }

  it('that comes twice leaves at once', async () => {
    const child = startInterruptible('await new Promise(() => {});');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'close'), [130, null]);
  });

  for (const args of [
    ['analyze', '-'],
    ['show', '-', 'c-1'],
    ['open', '-'],
    ['export', '-'],
  ]) {
    it(`while ${args.join(' ')} reads leaves no copy of standard input behind`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'holdwait-interrupt-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const child = spawn(process.execPath, [join(root, 'src/cli/holdwait.js'), ...args], {
        env: { ...process.env, TMPDIR: folder, HOLDWAIT_CONFIG: '' },
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
      const closed = once(child, 'close');
      child.stdin.write('{"type":');
      while (readdirSync(folder).length === 0 && child.exitCode === null) {
        await setTimeout(10);
      }
      child.kill('SIGINT');
      assert.deepEqual(await closed, [130, null]);
      assert.match(stderr, /holdwait: interrupted by SIGINT\n$/);
      assert.deepEqual(readdirSync(folder), []);
    });
  }
});
