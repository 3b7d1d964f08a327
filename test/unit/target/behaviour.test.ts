import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { pinHostKeys } from '../../../src/target/host-keys.ts';
import { openLocal } from '../../../src/target/local-target.ts';
import { connectSsh } from '../../../src/target/ssh-target.ts';
import type { RunningCommand, Target } from '../../../src/target/target.ts';
import { isAlive, NO_SSHD, startSshd, type TestSshd, waitUntil } from './test-sshd.ts';

/** What a target promises, whatever it is made of. */
function describeTarget(name: string, skip: string | false, open: () => Promise<Target>): void {
  describe(name, { skip, timeout: 120_000 }, () => {
    let target: Target;
    before(async () => {
      target = await open();
    });
    after(() => target.close());

    test('a command gives its status and both outputs apart', async () => {
      const result = await target.run('echo "it\'s \\\\ here"; echo no >&2; exit 7');
      assert.deepEqual(result, { status: 7, stdout: "it's \\ here\n", stderr: 'no\n' });
    });

    test('a command is handed over unchanged, whatever is in it', async () => {
      const text = "a'b\"c\\d\\\\e $HOME `id` \t!x\n{*}~#\\'";
      const result = await target.run(`cat <<'END'\n${text}\nEND\n`);
      assert.equal(result.stdout, `${text}\n`);
    });

    test('without input the standard input is empty', async () => {
      assert.equal((await target.run('cat; echo end')).stdout, 'end\n');
    });

    test('input arrives whole, byte for byte, and then ends', async () => {
      const input = Buffer.concat([Buffer.from('\n\0\n\n'), randomBytes(300_000), Buffer.from('\n')]);
      const result = await target.run('sha256sum; echo end', { input });
      const expected = (await crypto.subtle.digest('SHA-256', input)) as ArrayBuffer;
      assert.equal(result.stdout, `${Buffer.from(expected).toString('hex')}  -\nend\n`);
    });

    test('input that nobody reads does no harm', async () => {
      const result = await target.run('echo done', { input: Buffer.alloc(2_000_000, '\n') });
      assert.deepEqual([result.status, result.stdout], [0, 'done\n']);
    });

    test('large output arrives whole', async () => {
      const result = await target.run('head -c 30000000 /dev/zero | tr "\\0" x; echo "tail" >&2');
      assert.equal(result.stdout.length, 30_000_000);
      assert.equal(result.stderr, 'tail\n');
    });

    test('too much output is an error and ends the command', async () => {
      const running = target.run('echo $$ >&2; exec yes', { maxOutputBytes: 1_000_000 });
      await assert.rejects(running, { code: 'OUTPUT_TOO_LARGE', category: 'target' });
    });

    test('a command ended by a signal has status -1', async () => {
      assert.equal((await target.run('kill -9 $$')).status, -1);
      assert.equal((await target.run('sh -c "kill -TERM \\$\\$"')).status, -1);
    });

    test('a time-out says so and ends the command', async () => {
      const marker = makeMarker();
      const running = target.run(`sleep ${marker}`, { timeoutMs: 500 });
      await assert.rejects(running, { code: 'TIMEOUT', category: 'target' });
      await waitUntil(async () => !(await isRunning(target, marker)));
    });

    test('an abort cancels and ends the command', async () => {
      const marker = makeMarker();
      const controller = new AbortController();
      const running = target.run(`sleep ${marker}`, { signal: controller.signal });
      await waitUntil(() => isRunning(target, marker));
      controller.abort();
      await assert.rejects(running, { code: 'CANCELLED', category: 'target' });
      await waitUntil(async () => !(await isRunning(target, marker)));
    });

    test('an abort before the start starts nothing', async () => {
      const signal = AbortSignal.abort();
      await assert.rejects(target.run('true', { signal }), { code: 'CANCELLED' });
      await assert.rejects(target.start('true', { signal }), { code: 'CANCELLED' });
    });

    test('output of a long command arrives while it runs, and interrupt ends it as Ctrl-C would', async () => {
      const command = await target.start(
        'trap "echo bye; exit 5" INT; echo $$; while :; do sleep 0.05; done',
      );
      const pid = Number(await readLine(command));
      assert.ok(isAlive(pid));
      command.interrupt();
      command.interrupt();
      assert.equal(await readRest(command), 'bye\n');
      assert.deepEqual(await command.done, { status: 5 });
      assert.ok(!isAlive(pid));
      command.interrupt();
    });

    test('interrupt reaches the whole pipeline, with unread input before it', async () => {
      const input = Buffer.alloc(3_000_000, 'x');
      const command = await target.start('echo $$; sleep 1000 | sleep 1001', { input });
      const pid = Number(await readLine(command));
      command.interrupt();
      await readRest(command);
      assert.deepEqual(await command.done, { status: undefined });
      assert.ok(!isAlive(pid));
    });

    test('a command is given lines while it runs, and no interrupt with them', async () => {
      const script =
        'trap "echo bye; exit 5" INT; while IFS= read -r line; do printf "<%s>\\n" "$line"; done';
      const command = await target.start(script, { takesLines: true });
      for (const line of ['plain', '  a "b" \\c %s $d ', '!', '-n', 'x'.repeat(5000)]) {
        command.writeLine(line);
        assert.equal(await readLine(command), `<${line}>`);
      }
      command.interrupt();
      assert.equal(await readRest(command), 'bye\n');
      assert.deepEqual(await command.done, { status: 5 });
      command.writeLine('too late');
    });

    test('what is no line, or for a command that takes none, is refused: it would interrupt', async () => {
      const taker = await target.start('exec cat', { takesLines: true });
      assert.throws(() => taker.writeLine(''), RangeError);
      assert.throws(() => taker.writeLine('a\n\nb'), RangeError);
      taker.writeLine('still here');
      assert.equal(await readLine(taker), 'still here');
      const deaf = await target.start('echo up; exec sleep 1000');
      assert.equal(await readLine(deaf), 'up');
      assert.throws(() => deaf.writeLine('x'), RangeError);
      for (const command of [taker, deaf]) {
        command.interrupt();
        await readRest(command);
        assert.deepEqual(await command.done, { status: undefined });
      }
    });

    test('an abort ends a command that waits for a line', async () => {
      const controller = new AbortController();
      const options = { takesLines: true, signal: controller.signal };
      const command = await target.start('trap "" INT; echo $$; while read -r _; do :; done', options);
      const pid = Number(await readLine(command));
      controller.abort();
      await readRest(command);
      assert.deepEqual(await command.done, { status: undefined });
      assert.ok(!isAlive(pid));
    });

    test('an abort ends a long command that ignores Ctrl-C', async () => {
      const controller = new AbortController();
      const options = { signal: controller.signal };
      const command = await target.start('trap "" INT; echo $$; sleep 1000; sleep 1000', options);
      const pid = Number(await readLine(command));
      controller.abort();
      await readRest(command);
      assert.deepEqual(await command.done, { status: undefined });
      assert.ok(!isAlive(pid));
    });

    test('nothing of the supervision is left when a command has ended', async () => {
      const marker = makeMarker();
      await target.run(`: ${marker}`, { input: 'x' });
      await waitUntil(async () => !(await isRunning(target, marker)));
    });

    test('a command that ends at once still has its status', async () => {
      for (let round = 0; round < 30; round++) {
        assert.deepEqual(await target.run('exit 9'), { status: 9, stdout: '', stderr: '' });
      }
    });

    test('many commands at once keep their outputs apart', async () => {
      const results = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => target.run(`echo ${n}; exit ${n}`)));
      assert.deepEqual(
        results.map((result) => [result.status, result.stdout]),
        [1, 2, 3, 4, 5, 6].map((n) => [n, `${n}\n`]),
      );
    });
  });
}

/** A number of seconds to sleep that no other process sleeps. */
function makeMarker(): string {
  return `${1000 + randomBytes(2).readUInt16BE()}.${randomBytes(4).readUInt32BE()}`;
}

/** Whether a process other than the one that asks has the text in its arguments. */
async function isRunning(target: Target, text: string): Promise<boolean> {
  const [head, tail] = [text.slice(0, 3), text.slice(3)];
  const { stdout } = await target.run(
    `ps -eo args | grep -F "$(printf %s%s '${head}' '${tail}')" | grep -v grep`,
  );
  return stdout !== '';
}

async function readLine(command: RunningCommand): Promise<string> {
  command.stderr.resume();
  let text = '';
  while (!text.includes('\n')) {
    const chunk: Buffer | null = command.stdout.read();
    if (chunk === null) await new Promise((resolve) => command.stdout.once('readable', resolve));
    else text += chunk;
  }
  return text.trim();
}

async function readRest(command: RunningCommand): Promise<string> {
  let text = '';
  for await (const chunk of command.stdout) text += chunk;
  return text;
}

let sshd: TestSshd;
after(() => sshd?.stop());

describeTarget('local target', false, async () => openLocal());
describeTarget('ssh target', NO_SSHD, async () => {
  sshd = await startSshd({ config: ['MaxSessions 20'] });
  return connectSsh({
    name: 'test',
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    privateKeyPaths: [sshd.keyPath],
    hostKeys: pinHostKeys('test', [...sshd.hostKeys.values()]),
  });
});
