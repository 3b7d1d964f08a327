import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureImage } from '../../src/lab/build-image.ts';
import { readConsoleTail } from '../../src/lab/console-log.ts';
import { findRunningLab } from '../../src/lab/lab-connection.ts';
import { labCondition, labFolder, tryReadLabState } from '../../src/lab/lab-state.ts';
import { openConsole } from '../../src/lab/open-console.ts';
import { isRunning } from '../../src/lab/process-identity.ts';
import { type Lab, startLab } from '../../src/lab/start-lab.ts';
import { removeLab, stopAbandonedLabs, stopLab } from '../../src/lab/stop-lab.ts';
import { watchLab } from '../../src/lab/watch-lab.ts';
import { packageRoot } from '../../src/package-root.ts';
import { HoldwaitError } from '../../src/trace/error.ts';

const ONE = `test-one-${process.pid}`;
const TWO = `test-two-${process.pid}`;
const THREE = `test-three-${process.pid}`;
const SRC = join(packageRoot(), 'src');
/** Long enough for an image built from nothing. */
const TIMEOUT_MS = 900_000;

before(async () => void (await ensureImage('6.1')), { timeout: TIMEOUT_MS });

describe('two labs at once', { timeout: TIMEOUT_MS }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'holdwait-lab-'));
  let one: Lab;
  let two: Lab;

  before(async () => {
    [one, two] = await Promise.all([
      startLab({ name: ONE, lifetime: 'session' }),
      startLab({
        name: TWO,
        lifetime: 'session',
        numaNodes: [{ memoryMib: 896, cpus: '0-1' }, { memoryMib: 128 }],
        disks: [{ sizeMib: 64 }, { sizeMib: 16, writeBytesPerSecond: 1_048_576 }],
        kernelArgs: ['hung_task_panic=0', 'holdwait_test=7'],
      }),
    ]);
  });
  after(async () => {
    await Promise.all([removeLab(ONE), removeLab(TWO)]);
    rmSync(scratch, { recursive: true });
  });

  it('both answer a plain ssh client, by their own keys', () => {
    assert.equal(ssh(one, 'uname -r'), one.kernelRelease);
    assert.equal(ssh(two, 'uname -r'), two.kernelRelease);
    assert.notEqual(one.sshPort, two.sshPort);
  });

  it('the guest has what scenarios need', () => {
    assert.match(ssh(one, 'ls /usr/lib/holdwait/modules'), /unfix_finish_fault\.ko/);
    assert.match(
      ssh(one, 'which ext4-fault-writeback bpftrace btrfs gcc make'),
      /holdwait\/bin\/ext4-fault-writeback/,
    );
    assert.match(ssh(one, 'ls /sys/fs/cgroup/memory /sys/fs/cgroup/cpuset'), /memory\.limit_in_bytes/);
    assert.equal(ssh(one, 'cat /sys/kernel/tracing/current_tracer'), 'nop');
    assert.equal(ssh(one, 'blockdev --getsize64 /dev/vdb'), String(1024 * 2 ** 20));
  });

  it('the second one is made as it was asked for', () => {
    assert.match(ssh(two, 'cat /proc/cmdline'), /holdwait_test=7/);
    assert.equal(ssh(two, 'ls -d /sys/devices/system/node/node[0-9]* | wc -l'), '2');
    assert.equal(ssh(two, 'cat /sys/devices/system/node/node1/cpulist'), '');
    assert.equal(ssh(two, 'blockdev --getsize64 /dev/vdb /dev/vdc'), `${64 * 2 ** 20}\n${16 * 2 ** 20}`);
  });

  it('a command in the guest is given what comes on standard input, binary or none', () => {
    const run = (input: Buffer) =>
      spawnSync(
        process.execPath,
        [join(packageRoot(), 'src/cli/holdwait.js'), 'lab', 'ssh', ONE, '--', 'cat'],
        {
          input,
        },
      );
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));
    assert.deepEqual(run(bytes).stdout, bytes);
    assert.equal(run(Buffer.alloc(0)).status, 0);
  });

  it('the console has a shell, a size that follows, and one user at a time', async () => {
    const leaving = new AbortController();
    let seen = '';
    const waitFor = async (text: string): Promise<void> => {
      while (!seen.includes(text)) {
        await sleep(50);
      }
    };
    const console = openConsole(ONE, {
      columns: 91,
      rows: 31,
      signal: leaving.signal,
      onData: (text) => {
        seen += text;
      },
      onOpen: async (input) => {
        // The size travels on its own line and may come after what is typed.
        const ask = setInterval(() => input.write('stty size; echo "<$((6 * 7))>"\r'), 1000);
        await waitFor('31 91');
        input.resize(92, 32);
        await waitFor('32 92');
        await waitFor('<42>');
        clearInterval(ask);
        await assert.rejects(openConsole(ONE, { ...SILENT, signal: leaving.signal }), {
          code: 'CONSOLE_BUSY',
        });
        leaving.abort();
      },
    });
    assert.equal(await console, 'left');
    assert.ok(isRunning(one.qemu));
  });

  it('a taken name is refused', async () => {
    await assert.rejects(startLab({ name: ONE }), { category: 'target', code: 'LAB_BUSY', hint: /lab down/ });
  });

  it('a panic is noticed, with its reason', async () => {
    const end = watchLab(two);
    sshProcess(two, 'echo c >/proc/sysrq-trigger');
    const { type, reason, consoleTail } = await end;
    assert.equal(type, 'panic');
    assert.match(reason, /^Kernel panic - not syncing: sysrq triggered crash/);
    assert.match(consoleTail.join('\n'), /sysrq/);
    assert.throws(() => findRunningLab(TWO), { code: 'LAB_DOWN', hint: /lab up/ });
  });

  it('down ends the guest, deletes its disks and keeps its console', async () => {
    assert.equal(await stopLab(ONE), true);
    assert.ok(!isRunning(one.qemu));
    const files = readdirSync(labFolder(ONE));
    assert.ok(files.includes('console.log'));
    assert.ok(!files.some((file) => /qcow2|disk/.test(file)));
    assert.equal(await stopLab(ONE), false);
  });

  function ssh(lab: Lab, command: string): string {
    const knownHosts = join(scratch, `${lab.name}.known`);
    writeFileSync(knownHosts, `[127.0.0.1]:${lab.sshPort} ${readFileSync(lab.hostKeyPath, 'utf8')}`);
    const { status, stdout, stderr } = spawnSync('ssh', sshArgs(lab, knownHosts, command), {
      encoding: 'utf8',
      env: { ...process.env, SSH_AUTH_SOCK: '' },
    });
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  function sshProcess(lab: Lab, command: string): void {
    const child = spawn('ssh', sshArgs(lab, join(scratch, `${lab.name}.known`), command), {
      stdio: 'ignore',
    });
    child.unref();
  }
});

describe('a guest that does not boot', { timeout: TIMEOUT_MS }, () => {
  after(() => removeLab(THREE));

  it('ends at once with the panic and the console', async () => {
    await assert.rejects(startLab({ name: THREE, kernelArgs: ['init=/nonexistent'] }), (error: Error) => {
      assert.match(error.message, /did not boot: Kernel panic - not syncing: Attempted to kill init/);
      assert.match(
        error.message,
        /Its console:\n[\s\S]*HOLDWAIT-FAILED run \/nonexistent: No such file or directory/,
      );
      assert.ok(error instanceof HoldwaitError);
      assert.equal(error.category, 'target');
      assert.equal(error.code, 'GUEST_BOOT_FAILED');
      assert.match(error.hint ?? '', /holdwait lab logs/);
      return true;
    });
    assertGone();
  });

  it('ends with QEMU, in its words', async () => {
    // More CPUs than the NUMA nodes have: only QEMU itself knows.
    const numaNodes = [{ memoryMib: 1024, cpus: '0-7' }];
    await assert.rejects(startLab({ name: THREE, numaNodes }), {
      code: 'GUEST_BOOT_FAILED',
      message: /QEMU ended: .*cpu/i,
    });
    assertGone();
  });

  it('is ended when its time is over', async () => {
    const starting = startLab({ name: THREE, bootTimeoutMs: 1000 });
    await assert.rejects(starting, { code: 'GUEST_BOOT_TIMEOUT', message: /not ready after 1 s/ });
    assertGone();
  });

  it('is ended when the command is interrupted', async () => {
    const interrupt = new AbortController();
    const onProgress = (event: { type: string; step: string }): void => {
      if (event.type === 'step-detail' && event.step === 'boot') {
        interrupt.abort();
      }
    };
    await assert.rejects(startLab({ name: THREE, signal: interrupt.signal, onProgress }), {
      name: 'AbortError',
    });
    assertGone();
  });

  it('is ended when the command is killed', async () => {
    const script = `import { startLab } from '${SRC}/lab/start-lab.ts'; await startLab({ name: '${THREE}' });`;
    rmSync(join(labFolder(THREE), 'lab.json'), { force: true });
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    while (tryReadLabState(THREE) === undefined) {
      await sleep(50);
    }
    const { qemu } = tryReadLabState(THREE)!;
    assert.ok(isRunning(qemu));
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    while (isRunning(qemu)) {
      await sleep(50);
    }
    assert.deepEqual(
      (await stopAbandonedLabs()).filter((name) => name === THREE),
      [],
    );
  });

  function assertGone(): void {
    const state = tryReadLabState(THREE)!;
    assert.equal(
      labCondition(state),
      'down',
      readConsoleTail(join(labFolder(THREE), 'console.log')).join('\n'),
    );
    assert.ok(!existsSync(join(labFolder(THREE), '.lock')));
  }
});

const SILENT = { columns: 80, rows: 24, onData: () => undefined, onOpen: () => undefined };

function sshArgs(lab: Lab, knownHosts: string, command: string): string[] {
  const options = [
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
  ];
  return [
    ...['-F', 'none', '-q', '-i', lab.privateKeyPath, '-p', String(lab.sshPort)],
    ...options.flatMap((option) => ['-o', option]),
    'root@127.0.0.1',
    command,
  ];
}
