import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { endProcess, identifyProcess, identifySelf, isRunning } from '../../../src/lab/process-identity.ts';

test('a process is the same one until it ends', async (t) => {
  const child = await startSleeper(t);
  const identity = identifyProcess(child.pid!)!;
  assert.ok(isRunning(identity));
  await endProcess(identity);
  assert.ok(!isRunning(identity));
});

test('a process that only has the number is left alone', async (t) => {
  const child = await startSleeper(t);
  const identity = identifyProcess(child.pid!)!;
  await endProcess({ ...identity, startTicks: `${Number(identity.startTicks) - 1}` });
  await endProcess({ ...identity, bootId: 'another boot' });
  assert.ok(isRunning(identity));
  assert.equal(child.exitCode ?? child.signalCode, null);
});

test('one that ignores SIGTERM is killed', async (t) => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const exit = once(child, 'exit');
  await endProcess(identifyProcess(child.pid!)!, 300);
  assert.deepEqual(await exit, [null, 'SIGKILL']);
});

test('a command with blanks and brackets does not shift the fields', async (t) => {
  const child = spawn('sh', ['-c', 'printf "a) b (c" > /proc/$$/comm; echo ready; read x']);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.match(identifyProcess(child.pid!)!.startTicks, /^\d+$/);
  assert.ok(Number(identifyProcess(child.pid!)!.startTicks) >= Number(identifySelf().startTicks));
});

test('no process has no identity', () => {
  assert.equal(identifyProcess(2 ** 22 + 1), undefined);
});

async function startSleeper(t: TestContext): Promise<ChildProcess> {
  const child = spawn('sleep', ['60']);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child;
}
