import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pinHostKeys } from '../../../src/target/host-keys.ts';
import { explainSudoRefusal } from '../../../src/target/privilege.ts';
import { connectSsh } from '../../../src/target/ssh-target.ts';
import { isAlive, NO_SSHD, startSshd, type TestSshd, waitUntil } from './test-sshd.ts';

const USER = 'holdwait-test';

/**
 * A login that is not root, with its own sudoers: sshd runs in a mount namespace where /etc/passwd, /etc/shadow and
 * /etc/sudoers are copies, so the machine itself gets no account.
 */
function withLogin(sudoers: string) {
  return (command: readonly string[], dir: string): readonly string[] => {
    chmodSync(dir, 0o755);
    const files = {
      passwd: `${readFileSync('/etc/passwd', 'utf8')}${USER}:x:64999:64999::/:/bin/bash\n`,
      shadow: `${readFileSync('/etc/shadow', 'utf8')}${USER}:*:19000:0:99999:7:::\n`,
      sudoers: `root ALL=(ALL:ALL) ALL\n${sudoers}\n`,
    };
    const mounts = Object.entries(files).map(([name, text]) => {
      writeFileSync(join(dir, name), text, { mode: name === 'passwd' ? 0o644 : 0o440 });
      return `mount --bind '${join(dir, name)}' /etc/${name}`;
    });
    return ['unshare', '-m', 'sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sshd', ...command];
  };
}

function findReasonToSkip(): string | false {
  if (NO_SSHD) return NO_SSHD;
  if (userInfo().uid !== 0) return 'needs root, to give sshd an account of its own';
  if (!existsSync('/usr/bin/sudo')) return 'no sudo here';
  const mounts = spawnSync('unshare', ['-m', 'mount', '--bind', '/etc/hosts', '/etc/hosts']);
  return mounts.status === 0 ? false : 'no mount namespaces here';
}

describe('a login that is not root', { skip: findReasonToSkip(), timeout: 120_000 }, () => {
  const started: TestSshd[] = [];
  after(async () => {
    for (const sshd of started) await sshd.stop();
  });

  async function open(sudoers: string, config: readonly string[] = []) {
    const sshd = await startSshd({ wrap: withLogin(sudoers), user: USER, config });
    started.push(sshd);
    return connectSsh({
      name: `${USER}@test`,
      host: '127.0.0.1',
      port: sshd.port,
      user: USER,
      privateKeyPaths: [sshd.keyPath],
      hostKeys: pinHostKeys('test', [...sshd.hostKeys.values()]),
    });
  }

  for (const option of ['use_pty', '!use_pty']) {
    describe(`with sudo allowed and ${option}`, () => {
      const sudoers = `Defaults ${option}\n${USER} ALL=(root) NOPASSWD: ALL`;

      test('only what is privileged runs as root, with its input, outputs and status', async () => {
        const target = await open(sudoers);
        assert.equal((await target.run('id -un')).stdout, `${USER}\n`);
        const command = 'id -un; cat; echo err >&2; exit 4';
        const result = await target.run(command, { privileged: true, input: 'a\0b\n' });
        assert.deepEqual(result, { status: 4, stdout: 'root\na\0b\n', stderr: 'err\n' });
        await target.close();
      });

      test('interrupt reaches the command on the other side of sudo', async () => {
        const target = await open(sudoers);
        const command = await target.start(
          'trap "echo bye; exit 5" INT; echo $$; while :; do sleep 0.05; done',
          {
            privileged: true,
          },
        );
        command.stderr.resume();
        let text = '';
        command.stdout.on('data', (chunk) => {
          text += chunk;
        });
        await waitUntil(() => text.includes('\n'));
        const pid = Number(text);
        assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\s+0\s/m);
        command.interrupt();
        assert.deepEqual(await command.done, { status: 5 });
        assert.equal(text, `${pid}\nbye\n`);
        assert.ok(!isAlive(pid));
        await target.close();
      });

      test('a lost connection ends the command on the other side of sudo', async () => {
        const target = await open(sudoers);
        const command = await target.start('trap "" INT; echo $$; sleep 1000; sleep 1000', {
          privileged: true,
        });
        command.stderr.resume();
        const pid = Number(await new Promise((resolve) => command.stdout.once('data', resolve)));
        started.at(-1)!.killSessions();
        assert.notEqual((await command.done).lost, undefined);
        await waitUntil(() => !isAlive(pid));
        await target.close();
      });
    });
  }

  test('sudo that asks for a password', async () => {
    const target = await open(`${USER} ALL=(root) ALL`);
    await assert.rejects(target.run('id', { privileged: true }), {
      category: 'target',
      code: 'SUDO_NEEDS_PASSWORD',
      message: `${USER}@test: tracing needs root, sudo asks ${USER} for a password`,
      hint: /line "holdwait-test ALL=\(root\) NOPASSWD: ALL", or log in as root: root@test$/,
    });
    assert.equal((await target.run('echo still')).stdout, 'still\n');
    await target.close();
  });

  test('sudo that allows only another program', async () => {
    const target = await open(`${USER} ALL=(root) NOPASSWD: /bin/true`);
    await assert.rejects(target.start('id', { privileged: true }), {
      code: /^SUDO_(DENIED|NEEDS_PASSWORD)$/,
    });
    await target.close();
  });

  test('no sudo at all', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'holdwait-bin-'));
    chmodSync(bin, 0o755);
    for (const name of ['sh', 'id', 'head', 'mktemp', 'wc', 'rm', 'sleep']) {
      symlinkSync(`/usr/bin/${name}`, join(bin, name));
    }
    const target = await open('', [`SetEnv PATH=${bin}`]);
    await assert.rejects(target.run('id', { privileged: true }), { code: 'SUDO_MISSING' });
    await target.close();
    rmSync(bin, { recursive: true });
  });
});

test('refusals of sudo are told apart', () => {
  const explain = (status: number, stderr: string) =>
    explainSudoRefusal('u@h', 'u', { status, stdout: '', stderr }).code;
  assert.equal(explain(127, 'sh: 1: sudo: not found'), 'SUDO_MISSING');
  assert.equal(explain(1, 'sudo: a password is required\n'), 'SUDO_NEEDS_PASSWORD');
  assert.equal(explain(1, 'Sorry, user u is not allowed to execute ...'), 'SUDO_DENIED');
  assert.equal(explain(1, ''), 'SUDO_DENIED');
  assert.match(
    explainSudoRefusal('local', 'u', { status: 127, stdout: '', stderr: '' }).hint ?? '',
    /holdwait as root/,
  );
});
