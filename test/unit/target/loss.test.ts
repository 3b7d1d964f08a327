import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pinHostKeys } from '../../../src/target/host-keys.ts';
import { connectSsh } from '../../../src/target/ssh-target.ts';
import type { RunningCommand } from '../../../src/target/target.ts';
import { isAlive, NO_SSHD, startSshd, type TestSshd, waitUntil } from './test-sshd.ts';

describe('when the connection is lost', { skip: NO_SSHD, timeout: 120_000 }, () => {
  let sshd: TestSshd;
  before(async () => {
    sshd = await startSshd();
  });
  after(() => sshd.stop());

  const open = (port = sshd.port) =>
    connectSsh({
      name: 'n',
      host: '127.0.0.1',
      port,
      user: sshd.user,
      privateKeyPaths: [sshd.keyPath],
      hostKeys: pinHostKeys('n', [...sshd.hostKeys.values()]),
      keepaliveIntervalMs: 2_000,
    });

  test('the session process is killed: the end says so and the far command dies', async () => {
    const target = await open();
    const command = await target.start('echo $$; sleep 1000 & sleep 1000; wait');
    const pid = await readPid(command);
    const run = target.run('sleep 1000');
    sshd.killSessions();
    const end = await command.done;
    assert.equal(end.status, undefined);
    assert.match(end.lost ?? '', /connection was (closed|reset)/);
    await assert.rejects(run, { code: 'CONNECTION_LOST', category: 'target' });
    await waitUntil(() => !isAlive(pid));
    await assert.rejects(target.run('true'), { code: 'CONNECTION_LOST' });
    await assert.rejects(target.start('true'), { code: 'CONNECTION_LOST' });
    await target.close();
  });

  test('closing the target ends what runs over it, even if it ignores Ctrl-C', async () => {
    const target = await open();
    const command = await target.start('trap "" INT; echo $$; sleep 1000; sleep 1000');
    const pid = await readPid(command);
    await target.close();
    assert.match((await command.done).lost ?? '', /closed by holdwait/);
    await waitUntil(() => !isAlive(pid));
    await waitUntil(() => sshd.listSessionPids().length === 0);
    await target.close();
  });

  test('a peer that stops answering is noticed', async () => {
    const relay = await startRelay(sshd.port);
    const target = await open(relay.port);
    const command = await target.start('echo $$; sleep 1000');
    const pid = await readPid(command);
    relay.freeze();
    assert.equal((await command.done).lost, 'no answer for 6 s');
    await target.close();
    relay.close();
    await waitUntil(() => !isAlive(pid));
  });

  test('closing does not wait for a peer that is gone', async () => {
    const relay = await startRelay(sshd.port);
    const target = await open(relay.port);
    relay.freeze();
    await target.close();
    relay.close();
  });

  test('a shell gives its output, its size and its status', async () => {
    const target = await open();
    const [input, output] = [new PassThrough(), new PassThrough()];
    let resize = (_columns: number, _rows: number) => {};
    const ended = target.shell({
      input,
      output,
      columns: 91,
      rows: 17,
      onResize: (listener) => {
        resize = listener;
      },
    });
    let text = '';
    output.on('data', (chunk) => {
      text += chunk;
    });
    input.write('stty size\n');
    await waitUntil(() => text.includes('17 91'));
    resize(92, 18);
    input.write('until stty size | grep "18 92"; do :; done\n');
    await waitUntil(() => /^18 92/m.test(text));
    input.write('exit 6\n');
    assert.equal(await ended, 6);
    await target.close();
  });
});

test('a local command ends when holdwait is killed', { timeout: 60_000 }, async () => {
  const module = pathToFileURL(new URL('../../../src/target/local-target.ts', import.meta.url).pathname);
  const script = `
    const { openLocal } = await import('${module}');
    const command = await openLocal().start('echo $$; sleep 1000');
    command.stdout.pipe(process.stdout);
    command.stderr.resume();`;
  const args = ['--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  assert.ok(isAlive(pid));
  child.kill('SIGKILL');
  await waitUntil(() => !isAlive(pid));
});

async function readPid(command: RunningCommand): Promise<number> {
  command.stderr.resume();
  return Number(await new Promise((resolve) => command.stdout.once('data', resolve)));
}

/** A way to the port that can go silent without closing, as a pulled cable does. */
async function startRelay(port: number): Promise<{ port: number; freeze(): void; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    port: address.port,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
