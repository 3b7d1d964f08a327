import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadCapture } from '../../src/store/index.ts';
import { summariseLosses, type Trace, type TraceRecord, traceRecords } from '../../src/trace/index.ts';
import { type CliEnd, type CliProcess, startCli } from './cli-process.ts';
import { KILL_TRACERS_SSHD, prepareWorkload, startGuest, type TestGuest } from './lab-fixture.ts';

/** Long enough for an image built from nothing. */
const TIMEOUT_MS = 900_000;
const HOOKS = ['__folio_lock', 'folio_wait_writeback', 'pte_alloc_one', 'pcpu_alloc'];
/** BPF programs on kernel functions, and bpftrace processes. */
const COUNT_TRACERS =
  'grep -c . /sys/kernel/tracing/enabled_functions; grep -lx bpftrace /proc/[0-9]*/comm 2>/dev/null | wc -l';
/** A mount allocates per-CPU counters. */
const MOUNT = 'mkdir -p /mnt/tmp && mount -t tmpfs none /mnt/tmp && umount /mnt/tmp';

describe('capture of a real guest', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-capture-'));
  const file = (name: string) => join(folder, name);
  let guest: TestGuest;
  let workload: (rounds: number) => string;

  before(async () => {
    guest = await startGuest('capture');
    workload = await prepareWorkload(guest);
  });
  after(async () => {
    await guest?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const cli = (t: TestContext, ...args: string[]): CliProcess => startCli(args, (work) => t.after(work));
  const capture = (t: TestContext, output: string, ...args: string[]): CliProcess =>
    cli(t, 'capture', guest.target, '-o', file(output), ...args);
  const capturing = (running: CliProcess) => running.said(/^capturing /m);
  const countTracers = async () => (await guest.run(COUNT_TRACERS, { mayFail: true })).trim().split('\n');

  /** Detaching takes seconds on an emulated CPU; if it never happens the test's time-out says so. */
  async function nothingLeft(): Promise<void> {
    while ((await countTracers()).join() !== '0,0') {
      await sleep(500);
    }
  }

  it('doctor names the four documented hooks and leaves nothing behind', async (t) => {
    const { status, stdout } = await cli(t, 'doctor', guest.target, '--json').done;
    assert.equal(status, 0);
    const { works, hooks, kernelRelease } = JSON.parse(stdout);
    assert.equal(works, true);
    assert.match(kernelRelease, /^6\.1\./);
    for (const name of HOOKS) {
      assert.ok(
        hooks.some(({ hook, symbol }: Record<string, string>) => hook === name && symbol === name),
        name,
      );
    }
    assert.deepEqual(await countTracers(), ['0', '0']);
  });

  it('a dry run prints the program and attaches nothing', async (t) => {
    const { status, stdout } = await cli(t, 'capture', guest.target, '--dry-run').done;
    assert.equal(status, 0);
    for (const name of HOOKS) {
      assert.match(stdout, new RegExp(`^fentry:${name}\\b`, 'm'));
    }
    assert.deepEqual(await countTracers(), ['0', '0']);
  });

  it('loses nothing at the default threshold, and writes the same rows as Arrow', async (t) => {
    const arrow = file('default.arrows');
    const running = capture(t, 'default.sqlite', '--duration', '10s', '--arrow', arrow);
    await capturing(running);
    // This is also what shows that "0,0" above and below is an answer.
    const [functions, tracers] = await countTracers();
    assert.ok(Number(functions) >= 10 && tracers === '1', `${functions} functions, ${tracers} tracers`);
    await guest.run(workload(2));
    const end = await running.done;
    assert.equal(end.status, 0, end.stderr);
    const trace = await loadCapture(file('default.sqlite'));
    assert.deepEqual(trace.losses, []);
    assert.equal(trace.info.endReason, 'duration');
    assert.equal(trace.info.thresholdNs, 10e6);
    assert.deepEqual(plain(await loadCapture(arrow)), plain(trace));
    await nothingLeft();
  });

  it('exact mode sees every kind of wait and call; Ctrl-C ends it with a whole file', async (t) => {
    const running = capture(t, 'exact.sqlite', '--threshold', '0');
    await capturing(running);
    await guest.run(`${workload(3)}; ${MOUNT}`);
    // Without a terminal the live line becomes one line every ten seconds.
    await running.said(/^capturing .* {2}[\d,]+ events \([\d,]+\/s\), .*none lost$/m);
    running.kill('SIGINT');
    const end = await running.done;
    assert.equal(end.status, 130, end.stderr);
    assert.match(end.stderr, /hint: `holdwait analyze /);
    const trace = await loadCapture(file('exact.sqlite'));
    assert.equal(trace.info.endReason, 'interrupted');
    const counts = countByType(trace);
    for (const what of ['folio_lock', 'folio_writeback', 'pte_alloc_one', 'pcpu_alloc']) {
      assert.ok((counts.get(`begin ${what}`) ?? 0) > 0, `${what}: ${JSON.stringify([...counts])}`);
    }
    const { verdict } = await analyze(t, 'exact.sqlite');
    assert.equal(verdict, 'none');
    await nothingLeft();
  });

  it('a full map and the death of bpftrace are counted and stored', async (t) => {
    const running = capture(t, 'full.sqlite', '--map-keys', '16');
    await capturing(running);
    await guest.run(workload(2));
    await guest.run('pkill -KILL -x bpftrace');
    const end = await running.done;
    assertEndedByItself(end, /bpftrace was killed/);
    const trace = await loadCapture(file('full.sqlite'));
    assert.match(trace.info.endReason ?? '', /^bpftrace was killed/);
    const full = summariseLosses(trace.losses).byReason.map_full ?? 0;
    assert.ok(full > 0);
    assert.equal((await analyze(t, 'full.sqlite')).loss.byReason.map_full, full);
    const text = await cli(t, 'analyze', file('full.sqlite')).done;
    assert.match(text.stdout, /^NO DEADLOCK: none seen, [\d,]+ events lost/);
    assert.match(text.stdout, /^ {2}map_full +[\d,]+ +.*--map-keys/m);
    await nothingLeft();
  });

  it('a killed capture leaves a file that loads, and no tracer; --quiet says nothing meanwhile', async (t) => {
    const running = capture(t, 'killed.sqlite', '--threshold', '0', '--quiet');
    while (!running.hasEnded() && (await eventsSoFar(file('killed.sqlite'))) === 0) {
      await guest.run(`${workload(1)}; ${MOUNT}`);
    }
    running.kill('SIGKILL');
    const end = await running.done;
    assert.equal(end.stderr, '');
    assert.equal(end.signal, 'SIGKILL');
    const trace = await loadCapture(file('killed.sqlite'));
    assert.ok(trace.events.length > 0);
    assert.equal(trace.info.endReason, undefined);
    assert.equal(trace.info.target, guest.target);
    assert.equal(trace.info.thresholdNs, 0);
    const { stdout } = await cli(t, 'analyze', file('killed.sqlite')).done;
    assert.match(stdout, /cut off: its end is not in the file/);
    await nothingLeft();
  });

  it('a capture that cannot begin leaves no file', async (t) => {
    await guest.run('mv /usr/bin/bpftrace /usr/bin/bpftrace.away');
    t.after(() => guest.run('mv /usr/bin/bpftrace.away /usr/bin/bpftrace'));
    const missing = await capture(t, 'missing.sqlite').done;
    assert.equal(missing.status, 3);
    assert.match(missing.stderr, /bpftrace: not installed\nhint: Install bpftrace/);
    await guest.run(BROKEN_BPFTRACE);
    const broken = await capture(t, 'missing.sqlite', '--arrow', file('missing.arrows')).done;
    assert.equal(broken.status, 3);
    assert.match(broken.stderr, /bpftrace did not start on .*: no probes today\nhint: `holdwait doctor/);
    assert.ok(!existsSync(file('missing.sqlite')) && !existsSync(file('missing.arrows')));
  });

  it('a lost connection ends the capture, and bpftrace with it', async (t) => {
    const running = capture(t, 'lost.sqlite', '--threshold', '0');
    await capturing(running);
    await guest.run(MOUNT);
    await guest.run(KILL_TRACERS_SSHD);
    const end = await running.done;
    assertEndedByItself(end, /target lost/);
    await keptUntilThen('lost.sqlite', /^target lost: /);
    await nothingLeft();
  });

  it('a panic ends the capture with its reason', async (t) => {
    const running = capture(t, 'panic.sqlite', '--threshold', '0');
    await capturing(running);
    await guest.run(MOUNT);
    // Detached: the connection that asks for it is not to be waited for. Records need a flush to arrive.
    await guest.run('(sleep 1; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &');
    const end = await running.done;
    assertEndedByItself(end, /the guest panicked: .*sysrq triggered crash/);
    assert.match(end.stderr, /hint: `holdwait lab logs /);
    await keptUntilThen('panic.sqlite', /^the guest panicked: .*sysrq triggered crash/);
  });

  async function keptUntilThen(name: string, reason: RegExp): Promise<void> {
    const trace = await loadCapture(file(name));
    assert.match(trace.info.endReason ?? '', reason);
    assert.ok((countByType(trace).get('begin pcpu_alloc') ?? 0) > 0, 'what was received before is stored');
  }

  async function analyze(t: TestContext, name: string) {
    return JSON.parse((await cli(t, 'analyze', file(name), '--json').done).stdout);
  }
});

const BROKEN_BPFTRACE = `cat >/usr/bin/bpftrace <<'END'
#!/bin/sh
[ "$1" = --version ] && exec bpftrace.away --version
echo 'no probes today' >&2
exit 1
END
chmod 755 /usr/bin/bpftrace`;

function assertEndedByItself({ status, stderr }: CliEnd, reason: RegExp): void {
  assert.equal(status, 3, stderr);
  assert.match(stderr, /^holdwait: the capture of lab:\S+ ended by itself: /m);
  assert.match(stderr, reason);
  assert.match(stderr, /hint: `holdwait analyze /);
}

/** `begin folio_lock` → how many. */
function countByType(trace: Trace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const record of traceRecords(trace)) {
    const key = typeName(record);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function typeName(record: TraceRecord): string {
  if (record.type === 'wait_begin') {
    return `begin ${record.kind}`;
  }
  return record.type === 'alloc_begin' ? `begin ${record.fn}` : record.type;
}

function plain(trace: Trace): unknown {
  return {
    info: trace.info,
    endNs: trace.endNs,
    tasks: trace.tasks.rows(),
    records: Array.from(traceRecords(trace)),
  };
}

/** 0 too while the file is not there or not whole yet. */
async function eventsSoFar(path: string): Promise<number> {
  try {
    return (await loadCapture(path)).events.length;
  } catch {
    return 0;
  }
}
