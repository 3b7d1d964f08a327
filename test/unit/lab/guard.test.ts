import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../../src/lab/process-identity.ts';
import { packageRoot } from '../../../src/package-root.ts';

const LAB = join(packageRoot(), 'src/lab');
/** Starts a process group of its own under guard, prints its leader's pid and waits to be killed. */
const OWNER = (release: boolean): string => `
  import { spawn } from 'node:child_process';
  import { guardProcess } from '${LAB}/guard.ts';
  import { identifyProcess } from '${LAB}/process-identity.ts';
  const child = spawn('sh', ['-c', 'sleep 600 & wait'], { detached: true, stdio: 'ignore' });
  const guard = guardProcess(identifyProcess(child.pid));
  ${release ? 'guard.release();' : ''}
  setTimeout(() => console.log(child.pid), 300);
  setInterval(() => {}, 1000);
`;

test('kill -9 of the owner ends what it guards', { timeout: 30_000 }, async (t) => {
  const guarded = await killOwner(t, false);
  await waitUntil(() => !isRunning(guarded));
});

test('what was released stays', async (t) => {
  const released = await killOwner(t, true);
  await sleep(1500);
  assert.ok(isRunning(released));
});

async function killOwner(t: TestContext, release: boolean): Promise<ProcessIdentity> {
  const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER(release)]);
  owner.stderr.pipe(process.stderr);
  const [pid] = await once(owner.stdout, 'data');
  const guarded = identifyProcess(Number(pid))!;
  t.after(() => {
    if (isRunning(guarded)) {
      process.kill(-guarded.pid, 'SIGKILL');
    }
  });
  assert.ok(isRunning(guarded));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  return guarded;
}

/** Fails by the test's own limit if it never comes true. */
async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await sleep(50);
  }
}
