import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../src/package-root.ts';
import { createValidator } from '../report/analysis-validator.ts';
import { runCli } from './run-cli.ts';

const CONVOY = join(packageRoot(), 'test/golden/convoy.ndjson');
const DEADLOCK = join(packageRoot(), 'test/golden/ext4-fault-writeback.ndjson');
const folder = mkdtempSync(join(tmpdir(), 'holdwait-times-test-'));
after(() => rmSync(folder, { recursive: true }));

async function analyze(...args: readonly string[]) {
  const { status, stdout, stderr } = await runCli(['analyze', CONVOY, '--json', ...args]);
  assert.ok(status === 0 || status === 1, stderr);
  const analysis = JSON.parse(stdout);
  createValidator()(analysis);
  return analysis;
}

describe('holdwait analyze', () => {
  it('prints in full where the time went, if asked, with as many rows as asked', async () => {
    const { status, stdout } = await runCli(['analyze', CONVOY, '--top', '2']);
    assert.equal(status, 0);
    assert.equal(stdout, readFileSync(join(packageRoot(), 'test/golden/convoy-times.txt'), 'utf8'));
  });

  it('prints every row with --top 0, and all that the text shows with --json', async () => {
    const { waitTimes } = await analyze('--top', '0');
    for (const list of [
      waitTimes.tasks,
      waitTimes.detail.roots,
      waitTimes.detail.longest,
      waitTimes.detail.holds,
    ]) {
      assert.ok(list.rows.length > 5);
      assert.equal(list.omitted, 0);
    }
    assert.equal((await analyze()).waitTimes.detail, undefined);
  });

  it('counts the times of a window, also from the end and by the clock', async () => {
    const inSecond = await analyze('--since', '500ms', '--until', '1s');
    assert.deepEqual([inSecond.waitTimes.sinceNs, inSecond.waitTimes.untilNs], [500e6, 1000e6]);
    assert.deepEqual((await analyze('--since', '-1s', '--until', '-500ms')).waitTimes, inSecond.waitTimes);
    const dated = join(folder, 'dated.ndjson');
    const start = { type: 'capture', startedAt: '2026-03-01T12:00:00Z' };
    writeFileSync(dated, `${JSON.stringify(start)}\n${readFileSync(CONVOY, 'utf8')}`);
    const clock = ['--since', '2026-03-01T12:00:00.5Z', '--until', '2026-03-01T12:00:01Z'];
    const { stdout } = await runCli(['analyze', dated, '--json', ...clock]);
    assert.deepEqual(JSON.parse(stdout).waitTimes, inSecond.waitTimes);
  });

  it('says that a moment is after the end of the capture', async () => {
    const late = (...args: readonly string[]) => runCli(['analyze', CONVOY, ...args]);
    const said = /^--at 1 min 40 s is after the end of the capture, at 1.5 s\n$/;
    assert.match((await late('--at', '100s')).stderr, said);
    assert.match((await late('--since', '100s')).stderr, /^--since /);
    assert.equal((await late('--at', '900ms', '--since', '0s')).stderr, '');
  });

  it('answers as of a moment', async () => {
    const { chains, capture } = await analyze('--at', '100ms');
    assert.equal(chains.length, 5);
    assert.deepEqual([capture.endNs, capture.isCut], [100e6, true]);
    assert.equal((await analyze('--at', '-0')).capture.isCut, undefined);
    const { stdout } = await runCli(['analyze', CONVOY, '--at', '100ms']);
    assert.match(stdout, /^Capture: as of 0\.100000 s/m);
  });

  it('counts only what is chosen, and says so', async () => {
    const { stdout } = await runCli(['analyze', CONVOY, '--task', 'backup', '--kind', 'folio_writeback']);
    assert.match(stdout, /340 ms in 2 waits; only task backup, kind folio_writeback/);
    assert.match(stdout, /1 chain left out: not what was selected/);
    assert.equal((await analyze('--task', '102')).waitTimes.waits, 2);
    assert.equal((await analyze('--task', 't-102')).waitTimes.waits, 2);
    assert.equal((await analyze('--resource', 'inode 12')).waitTimes.waits, 10);
    assert.equal((await analyze('--resource', 'mutex:0x5')).waitTimes.waits, 1);
    assert.equal((await analyze('--resource', 'r-1')).waitTimes.waits, 1);
  });

  it('keeps its verdict whatever is chosen', async () => {
    const { status, stdout } = await runCli(['analyze', DEADLOCK, '--kind', 'spinlock', '--until', '1ms']);
    assert.equal(status, 1);
    assert.match(stdout, /^DEADLOCK/);
  });

  it('takes standard input for all of it', async () => {
    const input = readFileSync(CONVOY, 'utf8');
    for (const args of [
      ['--at', '-1400ms'],
      ['--resource', 'r-1'],
      ['--since', '-1s'],
    ]) {
      const { status, stderr } = await runCli(['analyze', '-', ...args], input);
      assert.equal(status, 0, stderr);
    }
  });

  const refused: Readonly<Record<string, readonly [args: readonly string[], message: RegExp]>> = {
    'a window that ends before it begins': [['--since', '2s', '--until', '1s'], /--until is before --since/],
    'a time without a unit': [['--since', '12'], /A time is a duration/],
    'a time by the clock where none is known': [
      ['--at', '2026-03-01T12:00:00Z'],
      /does not say when it was started/,
    ],
    'a handle that nothing has': [['--resource', 'r-99'], /nothing with the handle r-99/],
    'a number of rows that is none': [['--top', '-1'], /whole number/],
  };
  for (const [name, [args, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const { status, stdout, stderr } = await runCli(['analyze', CONVOY, ...args]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }
});

describe('holdwait show', () => {
  it('prints whom a wait was behind over time, by its handle or that of its chain', async () => {
    const { status, stdout } = await runCli(['show', CONVOY, 'l-2']);
    assert.equal(status, 0);
    assert.match(stdout, /^postgres:105 waited 315 ms for rwsem/);
    assert.match(stdout, /0\.030000 s +170 ms +backup:7 \(for writeback of folio 0xffffea01\) → a device/);
    const chain = await runCli(['show', CONVOY, 'w-1']);
    assert.match(chain.stdout, /postgres:101 waited 500 ms for mutex 0x5, from 1\.000000 s, still open/);
    assert.equal((await runCli(['show', CONVOY, 'l-99'])).status, 2);
  });
});
