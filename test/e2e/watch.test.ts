import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { FindingEvent, WatchEvent } from '../../src/watch/watch-event.ts';
import { type CliProcess, startCli } from './cli-process.ts';
import { KILL_TRACERS_SSHD, prepareWorkload, startGuest, type TestGuest } from './lab-fixture.ts';

/** Long enough for an image built from nothing, and probes attached four times on an emulated CPU. */
const TIMEOUT_MS = 1_800_000;
const MODULE = '/usr/lib/holdwait/modules/unfix_finish_fault.ko';
const PREPARE_HANG = `mkfs.ext4 -qF /dev/vdc && mkdir -p /mnt/hang && mount /dev/vdc /mnt/hang && insmod ${MODULE}`;
const HANG = '/usr/lib/holdwait/bin/ext4-fault-writeback /mnt/hang/victim';

describe('watch of a real guest', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-watch-'));
  const rung = join(folder, 'rung.ndjson');
  let guest: TestGuest;
  let workload: (rounds: number) => string;

  before(async () => {
    guest = await startGuest('watch', { disks: [{ sizeMib: 1024 }, { sizeMib: 256 }] });
    workload = await prepareWorkload(guest);
    await guest.run(PREPARE_HANG);
  });
  after(async () => {
    await guest?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const watch = (t: TestContext, ...args: string[]): CliProcess =>
    startCli(['watch', guest.target, '--json', '-o', join(folder, 'state'), ...args], (work) =>
      t.after(work),
    );

  it('says nothing of an ordinary workload, and ends with 0 after its time', async (t) => {
    const running = watch(t, '--duration', '15s');
    await running.printed(/"event":"started"/);
    await guest.run(workload(2));
    const { status, stdout, stderr } = await running.done;
    assert.equal(status, 0, stderr);
    const events = decodeEvents(stdout);
    assert.ok(events.some((event) => event.event === 'status' && event.events > 0));
    assert.deepEqual(namesOf(events), ['started']);
  });

  it('comes back after the loss of the tracer and of the connection, then says a deadlock and saves it', async (t) => {
    const running = watch(t, '--exec', `cat >>${rung}`);
    await running.printed(/"event":"started"/);
    await guest.run('pkill -KILL -x bpftrace');
    await running.printed(/"event":"reconnected"/);
    await guest.run(KILL_TRACERS_SSHD);
    await running.printed(/("event":"reconnected"[\s\S]*){2}/);
    await guest.run(workload(1));
    // Apart from the connection: what hangs would never give its channel back.
    await guest.run(`(setsid ${HANG} </dev/null >/root/driver.log 2>&1 &)`);
    await running.printed(/"event":"saved"/);
    running.kill('SIGINT');
    const { status, stdout, stderr } = await running.done;
    assert.equal(status, 130, stderr);
    const events = decodeEvents(stdout);
    assert.deepEqual(
      namesOf(events).filter((name) => name !== 'note'),
      ['started', 'lost', 'reconnected', 'lost', 'reconnected', 'deadlock', 'saved'],
    );
    assertReturns(events);
    await assertFinding(t, events);
  });

  async function assertFinding(t: TestContext, events: readonly WatchEvent[]): Promise<void> {
    const found = events.find((event) => event.event === 'deadlock') as FindingEvent;
    t.diagnostic(`said ${found.latencyMs} ms after the wait that closed it began`);
    assert.equal(found.signature, 'ext4-fault-writeback');
    assert.equal(found.unconfirmed, undefined);
    assert.deepEqual(
      found.tasks.map((tid) => found.analysis.tasks[tid]?.comm?.replace(/\/.*/, '')).toSorted(),
      ['fault-task', 'kworker'],
    );
    const { status, stdout } = await startCli(['analyze', found.capture, '--json'], (work) => t.after(work))
      .done;
    assert.equal(status, 1);
    const { verdict, cycles } = JSON.parse(stdout) as typeof found.analysis;
    assert.equal(verdict, 'deadlock');
    assert.deepEqual(
      cycles.map(({ tasks, closedNs, matches }) => [tasks, closedNs, matches[0]?.id]),
      [[found.tasks, found.closedNs, 'ext4-fault-writeback']],
    );
    const told = decodeEvents(readFileSync(rung, 'utf8'));
    assert.deepEqual(namesOf(told), ['lost', 'reconnected', 'lost', 'reconnected', 'deadlock']);
    assert.ok(readdirSync(join(folder, 'state')).some((name) => name.startsWith('segment-')));
  }
});

function assertReturns(events: readonly WatchEvent[]): void {
  const [killed, cut] = events.filter((event) => event.event === 'lost');
  assert.match(killed!.reason, /bpftrace was killed/);
  assert.match(cut!.reason, /^target lost: /);
  for (const event of events) {
    if (event.event === 'reconnected') {
      assert.equal(event.rebooted, false);
      assert.ok(event.missedMs > 0);
    }
  }
}

function decodeEvents(text: string): WatchEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function namesOf(events: readonly WatchEvent[]): string[] {
  return events.map(({ event }) => event).filter((name) => name !== 'status');
}
