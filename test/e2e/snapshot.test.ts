import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { loadScenario } from '../../src/lab/scenario.ts';
import { loadCapture } from '../../src/store/index.ts';
import { startCli } from './cli-process.ts';
import { startGuest, type TestGuest } from './lab-fixture.ts';

/** Long enough for an image built from nothing. */
const TIMEOUT_MS = 900_000;
const SCENARIO = 'ext4-fault-writeback';

const snapshot = (t: TestContext, ...args: string[]) =>
  startCli(['snapshot', ...args], (work) => t.after(work)).done;

describe('snapshot', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-snapshot-'));
  const scenario = loadScenario(SCENARIO);
  let guest: TestGuest;
  before(async () => {
    guest = await startGuest('snapshot', scenario.lab);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await guest.stop();
  });

  it('of a healthy guest finds nothing stuck', async (t) => {
    const output = join(folder, 'healthy.sqlite');
    const { status, stdout, stderr } = await snapshot(
      t,
      guest.target,
      '-o',
      output,
      '--interval',
      '2s',
      '--json',
    );
    assert.equal(status, 0, stderr);
    const { verdict, cycles, chains } = JSON.parse(stdout);
    assert.deepEqual([verdict, cycles, chains], ['none', [], []]);
    const { info, attachments } = await loadCapture(output);
    assert.match(info.kernelRelease!, /^6\.1\./);
    const texts = new Map(attachments.map(({ name, text }) => [name, text]));
    assert.match(texts.get('dmesg')!, /Linux version 6\.1\./);
    assert.match(texts.get('settings')!, /==> \/proc\/sys\/kernel\/hung_task_timeout_secs <==\n\d+\n/);
    for (const file of ['/proc/pressure/io', '/proc/locks', '/sys/block/vdb/inflight']) {
      assert.ok(texts.get('look-1')!.includes(`==> ${file} <==\n`), file);
    }
    assert.ok(JSON.parse(texts.get('snapshot')!).looks[1].threads > 20);
  });

  it('of a guest that takes no new login goes over its console', async (t) => {
    const signalSshd = (name: string) => guest.run(`kill -${name} $(pidof sshd)`);
    await signalSshd('STOP');
    t.after(() => signalSshd('CONT'));
    const output = join(folder, 'console.sqlite');
    const { status, stdout, stderr } = await snapshot(
      t,
      guest.target,
      '-o',
      output,
      '--interval',
      '1s',
      '--json',
    );
    assert.equal(status, 0, stderr);
    assert.match(stderr, /going on over its serial console/);
    assert.equal(JSON.parse(stdout).verdict, 'none');
    const { attachments } = await loadCapture(output);
    const settings = attachments.find(({ name }) => name === 'settings')!.text;
    assert.match(settings, /==> \/proc\/sys\/kernel\/osrelease <==\n6\.1\.[^\n]*\n\n==> /);
  });

  it('of a guest that hangs finds the parties of the deadlock', async (t) => {
    for (const command of scenario.prepare) {
      await guest.run(command);
    }
    await guest.run(`insmod /usr/lib/holdwait/modules/${scenario.module!.name}.ko`);
    const driver = `/usr/lib/holdwait/bin/${scenario.driver.join(' ')}`;
    await guest.run(`setsid ${driver} </dev/null >/tmp/driver.log 2>&1 &`);
    const said = await guest.run(
      'for i in $(seq 90); do grep ^result /tmp/driver.log && break; sleep 1; done',
    );
    const [, fault, second] = /^result hung fault_pid=(\d+) second_pid=(\d+)/.exec(said)!;
    const output = join(folder, 'hung.sqlite');
    const { status, stdout, stderr } = await snapshot(
      t,
      guest.target,
      '-o',
      output,
      '--interval',
      '3s',
      '--json',
    );
    assert.equal(status, 1, stderr);
    const { verdict, cycles, loss } = JSON.parse(stdout);
    assert.deepEqual([verdict, cycles.length, loss.total], ['suspected', 1, 0]);
    assert.deepEqual(
      cycles[0].tasks,
      [Number(fault), Number(second)].sort((a, b) => a - b),
    );
    assert.equal(cycles[0].matches[0].id, SCENARIO);
    assert.ok(cycles[0].edges.every(({ evidence }: { evidence: string }) => evidence === 'stack'));
    const { attachments } = await loadCapture(output);
    const owners = attachments.find(({ name }) => name === 'owners')?.text;
    // Bit 0 of a page is its lock: what the writer wants. The probe sees it, the stack does not.
    assert.match(owners ?? stderr, new RegExp(`^page ${second} [0-9a-f]+ 0$`, 'm'));
    const again = await startCli(['analyze', output, '--json'], (work) => t.after(work)).done;
    assert.deepEqual(JSON.parse(again.stdout).cycles, cycles);
  });
});

describe('snapshot of nothing', () => {
  it('says what it would read and connects to nothing', async (t) => {
    const { status, stdout } = await snapshot(t, 'nobody@192.0.2.1', '--dry-run');
    assert.equal(status, 0);
    assert.match(stdout, /\/proc\/pressure\/\{io,memory,cpu\}/);
    assert.match(stdout, /while read -r verb number folder files; do/);
  });

  it('of a lab that is not there is an error of the target', async (t) => {
    const { status, stderr } = await snapshot(t, 'lab:no-such-lab');
    assert.equal(status, 3);
    assert.match(stderr, /no-such-lab/);
  });
});
