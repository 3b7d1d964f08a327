import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pinHostKeys } from '../../../src/target/host-keys.ts';
import { openTarget, resolveSshConnection } from '../../../src/target/open-target.ts';
import type { SshSpec } from '../../../src/target/parse-target.ts';
import type { SshConnection } from '../../../src/target/ssh-connection.ts';
import { connectSsh } from '../../../src/target/ssh-target.ts';
import {
  findFreePort,
  makeKey,
  NO_SSHD,
  startSshd,
  stopChild,
  type TestSshd,
  waitUntil,
} from './test-sshd.ts';

describe('connecting over ssh', { skip: NO_SSHD, timeout: 300_000 }, () => {
  let sshd: TestSshd;
  let inner: TestSshd;

  before(async () => {
    sshd = await startSshd({ hostKeyTypes: ['ed25519', 'rsa', 'ecdsa'] });
    inner = await startSshd();
  });
  after(async () => {
    await sshd.stop();
    await inner.stop();
  });

  function describeConnection(server: TestSshd, changes: Partial<SshConnection> = {}): SshConnection {
    return {
      name: 'n',
      host: '127.0.0.1',
      port: server.port,
      user: server.user,
      privateKeyPaths: [server.keyPath],
      hostKeys: pinHostKeys('n', [...server.hostKeys.values()]),
      connectTimeoutMs: 60_000,
      ...changes,
    };
  }

  async function assertWorks(connection: SshConnection): Promise<void> {
    const target = await connectSsh(connection);
    assert.equal((await target.run('echo hello')).stdout, 'hello\n');
    await target.close();
  }

  describe('reaching', () => {
    test('a closed port: refused', async () => {
      const port = await findFreePort();
      const connection = describeConnection(sshd, { port });
      await assert.rejects(connectSsh(connection), {
        category: 'target',
        code: 'SSH_UNREACHABLE',
        message: `n (127.0.0.1:${port}): connection refused`,
      });
    });

    test('a name that does not exist', async () => {
      const connection = describeConnection(sshd, { host: 'no-such-host.invalid' });
      await assert.rejects(connectSsh(connection), { code: 'SSH_UNREACHABLE', message: /does not resolve/ });
    });

    test('a server that never speaks: time-out', async () => {
      await withServer(
        () => {},
        async (port) => {
          const connection = describeConnection(sshd, { port, connectTimeoutMs: 2_000 });
          await assert.rejects(connectSsh(connection), {
            code: 'SSH_UNREACHABLE',
            message: /nothing spoke SSH/,
          });
        },
      );
    });

    test('a server that speaks something else', async () => {
      await withServer(
        (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
        async (port) => {
          await assert.rejects(connectSsh(describeConnection(sshd, { port })), { code: 'SSH_UNREACHABLE' });
        },
      );
    });

    test('an abort while connecting', async () => {
      await withServer(
        () => {},
        async (port) => {
          const controller = new AbortController();
          const connecting = connectSsh(describeConnection(sshd, { port }), { signal: controller.signal });
          setTimeout(() => controller.abort(), 50);
          await assert.rejects(connecting, { code: 'CANCELLED', category: 'target' });
        },
      );
      const connecting = connectSsh(describeConnection(sshd), { signal: AbortSignal.abort() });
      await assert.rejects(connecting, { code: 'CANCELLED' });
    });
  });

  describe('authenticating', () => {
    test('a key that is not let in names what was tried', async () => {
      const path = join(sshd.dir, 'id_stranger');
      makeKey(path, 'rsa');
      const absent = join(sshd.dir, 'id_absent');
      const connection = describeConnection(sshd, { privateKeyPaths: [path, absent] });
      await assert.rejects(connectSsh(connection), (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'SSH_AUTH_FAILED');
        assert.match(
          error.message,
          new RegExp(`login as ${sshd.user} refused; tried agent \\(none running\\), ${path}`),
        );
        assert.ok(error.message.includes(`${absent} (no such file)`));
        assert.match(error.message, /the server accepts publickey/);
        assert.match(error.hint, new RegExp(`ssh -p ${sshd.port} ${sshd.user}@127.0.0.1 true`));
        return true;
      });
    });

    test('rsa and ecdsa keys', async () => {
      for (const type of ['rsa', 'ecdsa']) {
        const path = join(sshd.dir, `id_ok_${type}`);
        makeKey(path, type);
        writeFileSync(join(sshd.dir, 'authorized_keys'), readFileSync(`${path}.pub`), { flag: 'a' });
        await assertWorks(describeConnection(sshd, { privateKeyPaths: [path] }));
      }
    });

    test('an encrypted key: asked for, or ssh-add is named', async () => {
      const path = join(sshd.dir, 'id_locked');
      makeKey(path, 'ed25519', 'secret words');
      writeFileSync(join(sshd.dir, 'authorized_keys'), readFileSync(`${path}.pub`), { flag: 'a' });
      const connection = describeConnection(sshd, { privateKeyPaths: [path] });
      await assert.rejects(connectSsh(connection), {
        code: 'SSH_AUTH_FAILED',
        message: /id_locked \(encrypted, not in the agent\)/,
        hint: `unlock the key first: ssh-add ${path}`,
      });
      const asked: string[] = [];
      const askPassphrase = async (keyPath: string) => {
        asked.push(keyPath);
        return 'secret words';
      };
      await (await connectSsh(connection, { askPassphrase })).close();
      assert.deepEqual(asked, [path]);
      const wrong = connectSsh(connection, { askPassphrase: async () => 'wrong' });
      await assert.rejects(wrong, { code: 'SSH_AUTH_FAILED' });
    });

    test('an agent, with many keys and the right one listed', async () => {
      const agent = await startAgent(join(sshd.dir, 'agent'));
      try {
        const env = { ...process.env, SSH_AUTH_SOCK: agent.socket };
        for (let index = 0; index < 7; index++) {
          makeKey(join(sshd.dir, `id_many${index}`), 'ed25519');
          execFileSync('ssh-add', ['-q', join(sshd.dir, `id_many${index}`)], { env });
        }
        const path = join(sshd.dir, 'id_agent');
        makeKey(path, 'ed25519');
        execFileSync('ssh-add', ['-q', path], { env });
        writeFileSync(join(sshd.dir, 'authorized_keys'), readFileSync(`${path}.pub`), { flag: 'a' });
        execFileSync('rm', [path]);
        const connection = describeConnection(sshd, { agentSocket: agent.socket, privateKeyPaths: [path] });
        await assertWorks(connection);
        await assertWorks({ ...connection, onlyListedKeys: true });
        const stranger = { ...connection, privateKeyPaths: [], onlyListedKeys: true };
        await assert.rejects(connectSsh(stranger), { code: 'SSH_AUTH_FAILED', message: /agent \(0 keys\)/ });
        const tooMany = { ...connection, privateKeyPaths: [] };
        await assert.rejects(connectSsh(tooMany), {
          code: 'SSH_AUTH_FAILED',
          message: /agent \(8 keys\).*Too many authentication failures/,
        });
      } finally {
        await stopChild(agent.child);
      }
    });

    test('an agent that is gone is no obstacle to a key file, a silent one no reason to wait for ever', async () => {
      await assertWorks(describeConnection(sshd, { agentSocket: join(sshd.dir, 'no-agent') }));
      const socket = join(sshd.dir, 'silent-agent');
      const connection = describeConnection(sshd, { agentSocket: socket, connectTimeoutMs: 500 });
      await withServer(
        () => {},
        async () => {
          await assert.rejects(connectSsh(connection), { code: 'SSH_UNREACHABLE' });
        },
        socket,
      );
    });
  });

  describe('host keys and settings, as the configuration says', () => {
    async function open(config: string, spec: Partial<SshSpec> = {}) {
      const configPath = join(sshd.dir, 'client_config');
      writeFileSync(configPath, config);
      const environment = { home: sshd.dir, localUser: sshd.user, configFiles: [configPath], env: {} };
      return openTarget({ type: 'ssh', host: 'alias', ...spec }, { environment });
    }

    function describeHost(alias: string, server: TestSshd, known: string): string {
      const lines = [`HostName 127.0.0.1`, `Port ${server.port}`, `IdentityFile ${server.keyPath}`];
      lines.push(`UserKnownHostsFile ${known}`, 'GlobalKnownHostsFile none');
      return `Host ${alias}\n  ${lines.join('\n  ')}\n`;
    }

    function writeKnown(file: string, names: string, type: string, key: Buffer): string {
      const path = join(sshd.dir, file);
      writeFileSync(path, `${names} ${type} ${key.toString('base64')}\n`);
      return path;
    }

    const knownName = (server: TestSshd) => `[127.0.0.1]:${server.port}`;

    for (const type of ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256']) {
      test(`a host known only by its ${type} key is accepted`, async () => {
        const known = writeKnown(`known-${type}`, knownName(sshd), type, sshd.hostKeys.get(type)!);
        const target = await open(describeHost('alias', sshd, known));
        assert.equal((await target.run('echo ok')).stdout, 'ok\n');
        await target.close();
      });
    }

    test('an unknown host is refused with the fingerprint and the way to accept it', async () => {
      const known = join(sshd.dir, 'absent');
      const fingerprint = execFileSync('ssh-keygen', ['-lf', join(sshd.dir, 'host_ed25519.pub')], {
        encoding: 'utf8',
      });
      await assert.rejects(open(describeHost('alias', sshd, known), { user: sshd.user }), {
        category: 'target',
        code: 'SSH_HOST_KEY_UNKNOWN',
        message: `${sshd.user}@alias: the host is not known; its key is ED25519 ${fingerprint.split(' ')[1]}`,
        hint: `if the fingerprint is right, accept it: ssh ${sshd.user}@alias true`,
      });
      assert.ok(!existsSync(known));
    });

    test('a changed host key is refused and names the line', async () => {
      const known = writeKnown(
        'known-changed',
        knownName(sshd),
        'ssh-ed25519',
        inner.hostKeys.get('ssh-ed25519')!,
      );
      const config = `${describeHost('alias', sshd, known)}  StrictHostKeyChecking no\n`;
      await assert.rejects(open(config), { code: 'SSH_HOST_KEY_CHANGED', message: /known-changed:1/ });
    });

    test('accept-new keeps the key, and the next connection needs no acceptance', async () => {
      const known = join(sshd.dir, 'known-new');
      const config = describeHost('alias', sshd, known);
      await (await open(`${config}  StrictHostKeyChecking accept-new\n`)).close();
      await (await open(config)).close();
    });

    test('ProxyJump goes through a second sshd, and checks the key of each', async () => {
      const known = writeKnown(
        'known-jump',
        knownName(sshd),
        'ssh-ed25519',
        sshd.hostKeys.get('ssh-ed25519')!,
      );
      const knownInner = writeKnown(
        'known-inner',
        knownName(inner),
        'ssh-ed25519',
        inner.hostKeys.get('ssh-ed25519')!,
      );
      const gate = describeHost('gate', sshd, known);
      const target = await open(`${gate}${describeHost('alias', inner, knownInner)}  ProxyJump gate\n`);
      assert.match((await target.run('echo $SSH_CONNECTION')).stdout, new RegExp(` ${inner.port}\n$`));
      assert.notEqual(inner.listSessionPids().length, 0);
      assert.notEqual(sshd.listSessionPids().length, 0);
      await target.close();
      await waitUntil(() => inner.listSessionPids().length + sshd.listSessionPids().length === 0);
      const strange = `${gate}${describeHost('alias', inner, known)}  ProxyJump gate\n`;
      await assert.rejects(open(strange), { code: 'SSH_HOST_KEY_UNKNOWN', message: /^alias:/ });
      await waitUntil(() => sshd.listSessionPids().length === 0);
    });

    test('a host the jump host cannot reach is told apart from the jump host', async () => {
      const known = writeKnown(
        'known-jump',
        knownName(sshd),
        'ssh-ed25519',
        sshd.hostKeys.get('ssh-ed25519')!,
      );
      const port = await findFreePort();
      const config = `${describeHost('gate', sshd, known)}Host alias\n  HostName 127.0.0.1\n  Port ${port}\n  ProxyJump gate\n`;
      await assert.rejects(open(config), {
        code: 'SSH_UNREACHABLE',
        message: new RegExp(`^alias \\(127.0.0.1:${port}\\): not reachable from gate: Connection refused`),
      });
    });

    test('what was typed comes before the configuration', async () => {
      const configPath = join(sshd.dir, 'typed_config');
      writeFileSync(configPath, 'Host alias\n  Port 1\n  User other\n');
      const environment = { home: sshd.dir, localUser: 'me', configFiles: [configPath], env: {} };
      const spec = { type: 'ssh', host: 'alias', user: 'root', port: 5 } as const;
      const connection = await resolveSshConnection(spec, { environment });
      assert.deepEqual([connection.user, connection.port, connection.name], ['root', 5, 'root@alias:5']);
    });
  });
});

async function startAgent(socket: string): Promise<{ child: ChildProcess; socket: string }> {
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  await waitUntil(() => existsSync(socket));
  return { child, socket };
}

async function withServer(
  onSocket: Parameters<typeof createServer>[1] & {},
  use: (port: number) => Promise<void>,
  path?: string,
): Promise<void> {
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  const place = path === undefined ? { host: '127.0.0.1', port: 0 } : { path };
  await new Promise<void>((resolve) => server.listen(place, resolve));
  try {
    const address = server.address();
    await use(address !== null && typeof address === 'object' ? address.port : 0);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
