import assert from 'node:assert/strict';
import { spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { spawn } from 'node-pty';
import { EXPORT_FORMATS } from '../../../src/export/formats.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { goldenPath } from '../golden-captures.ts';
import { temporaryFolder } from '../store/sample-trace.ts';
import { runCli } from './run-cli.ts';

const DEADLOCK = goldenPath('ext4-fault-writeback.ndjson');

/** A path in a folder of the test's own. */
function at(t: TestContext): (name: string) => string {
  const folder = temporaryFolder(t);
  return (name) => join(folder, name);
}

async function refuse(args: readonly string[], fault: RegExp): Promise<void> {
  const { status, stdout, stderr } = await runCli(['export', DEADLOCK, ...args]);
  assert.deepEqual([status, stdout], [2, ''], stderr);
  assert.match(stderr, fault);
  assert.match(stderr, /^hint: /m);
}

/** What a person sees who forgets the output, and how the command ends. */
function onTerminal(args: readonly string[]): Promise<{ exitCode: number; text: string }> {
  const holdwait = join(packageRoot(), 'src/cli/holdwait.js');
  const terminal = spawn(process.execPath, [holdwait, ...args], {
    env: { ...process.env, HOLDWAIT_CONFIG: '' },
  });
  let text = '';
  terminal.onData((data) => {
    text += data;
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve({ exitCode, text })));
}

describe('holdwait export', () => {
  it('knows each format by the extension of its output', async (t) => {
    const path = at(t);
    for (const { name, extensions, isBinary } of EXPORT_FORMATS) {
      const file = path(`a${extensions[0]!.toUpperCase()}`);
      assert.equal((await runCli(['export', DEADLOCK, '-o', file])).status, 0, name);
      if (!isBinary) {
        const { stdout } = await runCli(['export', DEADLOCK, '--format', name, '-o', '-']);
        assert.equal(readFileSync(file, 'utf8'), stdout, name);
      }
    }
    assert.ok(!readdirSync(path('.')).some((name) => name.includes('partial')));
    await refuse(['-o', path('a.docx')], /no format is known by the extension \.docx\nhint: .*\.parquet/);
  });

  it('writes NDJSON to standard output unless it is told otherwise', async () => {
    const [bare, dash, named] = await Promise.all([
      runCli(['export', DEADLOCK]),
      runCli(['export', DEADLOCK, '-o', '-']),
      runCli(['export', '-', '--format', 'ndjson'], readFileSync(DEADLOCK, 'utf8')),
    ]);
    assert.match(bare.stdout, /^\{"type":"capture","schema":"holdwait\.events\/1"/);
    assert.deepEqual([dash.stdout, named.stdout], [bare.stdout, bare.stdout]);
  });

  it('writes binary formats into a pipe, and not to a terminal', async () => {
    const piped = await runCli(['export', DEADLOCK, '--format', 'parquet']);
    assert.equal(piped.status, 0);
    assert.deepEqual([piped.stdout.slice(0, 4), piped.stdout.slice(-4)], ['PAR1', 'PAR1']);
    const { exitCode, text } = await onTerminal(['export', DEADLOCK, '--format', 'arrow']);
    assert.equal(exitCode, 2);
    assert.match(text, /arrow is binary .*\r\nhint: holdwait export .* --format arrow -o capture\.arrow/);
    const shown = await onTerminal(['export', DEADLOCK, '--format', 'csv', '--table', 'waits']);
    assert.equal(shown.exitCode, 0);
    assert.match(shown.text, /^wait_id,task,/);
  });

  it('never replaces a file unless told to, and then whole or not at all', async (t) => {
    const path = at(t);
    const file = path('a.csv');
    writeFileSync(file, 'precious');
    await refuse(['-o', file], /exists already/);
    assert.equal(readFileSync(file, 'utf8'), 'precious');
    const damaged = path('damaged.arrow');
    writeFileSync(damaged, Buffer.from(`ARROW1\0\0${'\xff'.repeat(64)}`, 'latin1'));
    const failed = await runCli(['export', damaged, '-o', file, '--force']);
    assert.equal(failed.status, 2);
    assert.equal(readFileSync(file, 'utf8'), 'precious');
    assert.equal((await runCli(['export', DEADLOCK, '-o', file, '--force'])).status, 0);
    assert.match(readFileSync(file, 'utf8'), /^type,ts,/);
    assert.deepEqual(readdirSync(path('.')).sort(), ['a.csv', 'damaged.arrow']);
  });

  it('does not take its own input, a folder or a place that is not there for an output', async (t) => {
    const path = at(t);
    const file = path('a.ndjson');
    const text = readFileSync(DEADLOCK, 'utf8');
    writeFileSync(file, text);
    const { status, stderr } = await runCli(['export', file, '-o', path('./a.ndjson'), '--force']);
    assert.equal(status, 2);
    assert.match(stderr, /is the capture itself\nhint: /);
    assert.equal(readFileSync(file, 'utf8'), text);
    mkdirSync(path('b.csv'));
    await refuse(['-o', path('b.csv'), '--force'], /is a directory/);
    await refuse(['-o', path('none/a.csv')], /none\/a\.csv does not exist/);
    await refuse(['--force'], /--force is about a file, and none is named/);
  });

  it('ends with Ctrl-C, or at once with a second, and leaves nothing behind', async (t) => {
    const path = at(t);
    await runCli(['simulate', '--events', '300k', '-o', path('a.sqlite')]);
    const copy = readFileSync(path('a.sqlite'));
    const temporary = path('tmp');
    mkdirSync(temporary);
    for (const args of [
      ['export', '-', '-o', path('b.csv')],
      ['import', '-', '-o', path('b.sqlite')],
    ]) {
      for (const signals of [['SIGINT'], ['SIGINT', 'SIGTERM']] as const) {
        const holdwait = join(packageRoot(), 'src/cli/holdwait.js');
        const child = spawnProcess(process.execPath, [holdwait, ...args], {
          env: { ...process.env, HOLDWAIT_CONFIG: '', TMPDIR: temporary },
          stdio: ['pipe', 'ignore', 'ignore'],
        });
        const closed = once(child, 'close');
        child.stdin.on('error', () => {}).end(copy);
        while (!readdirSync(path('.')).some((name) => name.includes('.partial-'))) {
          await setTimeout(20);
        }
        for (const signal of signals) {
          child.kill(signal);
        }
        assert.deepEqual(await closed, [130, null]);
        assert.deepEqual(readdirSync(path('.')), ['a.sqlite', 'tmp'], `${args[0]}: ${signals}`);
        assert.deepEqual(readdirSync(temporary), [], `${args[0]}: ${signals}`);
      }
    }
  });

  it('writes what is no file as it is', async () => {
    assert.equal((await runCli(['export', DEADLOCK, '--format', 'arrow', '-o', '/dev/null'])).status, 0);
    assert.equal(
      (await runCli(['export', DEADLOCK, '--format', 'csv', '-o', '/dev/null', '--force'])).status,
      0,
    );
  });

  it('has tables where rows and columns are', async () => {
    const { stdout } = await runCli(['export', DEADLOCK, '--table', 'holds', '--format', 'csv']);
    assert.match(stdout, /^hold_id,task,/);
    await refuse(['--table', 'waits'], /ndjson has no tables\nhint: .*arrow, parquet, csv/);
    await refuse(['--table', 'edges', '--format', 'csv'], /--table/);
  });
});
