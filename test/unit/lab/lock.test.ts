import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../src/lab/lock.ts';
import { identifySelf } from '../../../src/lab/process-identity.ts';

test('one at a time, and nothing is left', async (t) => {
  const path = join(makeFolder(t), 'lock');
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(20);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, {}, work)));
  assert.equal(most, 1);
  assert.deepEqual(readdirSync(join(path, '..')), []);
});

test('the lock of a process that has ended is taken over', async (t) => {
  const path = join(makeFolder(t), 'lock');
  writeFileSync(path, JSON.stringify({ ...identifySelf(), startTicks: '1' }));
  assert.equal(await withLock(path, {}, async () => 'done'), 'done');
});

test('a busy lock is told once, and giving up leaves it to its holder', async (t) => {
  const path = join(makeFolder(t), 'lock');
  await withLock(path, {}, async () => {
    const onBusy = ({ pid }: { pid: number }): never => {
      throw new Error(`held by ${pid}`);
    };
    await assert.rejects(
      withLock(path, { onBusy }, async () => undefined),
      { message: `held by ${process.pid}` },
    );
    await assert.rejects(
      withLock(path, { signal: AbortSignal.timeout(50) }, async () => undefined),
      { name: 'AbortError' },
    );
    assert.ok(existsSync(path));
  });
});

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-lock-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
