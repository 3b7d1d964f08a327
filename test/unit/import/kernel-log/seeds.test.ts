import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyzeTrace } from '../../../../analysis/index.ts';
import { functionName } from '../../../../analysis/match-frames.ts';
import { isKernelLog } from '../../../../src/import/index.ts';
import { readLog } from './sample-logs.ts';
import { sharedPath, skipWithout } from './shared-files.ts';

const EXT4_REPORT = sharedPath('seeds/001_8a4dfd5950441381.txt');

test('the mail that reported ext4-fault-writeback gives both tasks and both edges', {
  skip: skipWithout(EXT4_REPORT),
}, () => {
  const mail = readFileSync(EXT4_REPORT, 'utf8');
  assert.ok(isKernelLog(Buffer.from(mail)));
  const trace = readLog(mail);
  const { verdict, cycles } = analyzeTrace(trace);
  assert.deepEqual([verdict, cycles.length], ['suspected', 1]);
  const [cycle] = cycles;
  assert.equal(cycle!.matches[0]!.id, 'ext4-fault-writeback');
  const edges = cycle!.edges.map(({ waiter, resource, blocker, evidence, stack }) => [
    trace.tasks.latest(waiter)!.comm,
    resource.kind,
    trace.tasks.latest(blocker!)!.comm,
    evidence,
    functionName(stack[0]!),
    stack.length,
  ]);
  assert.deepEqual(edges, [
    ['task2', 'folio_lock', 'task1', 'stack', '__lock_page', 13],
    ['task1', 'folio_writeback', 'task2', 'stack', 'wait_on_page_bit', 20],
  ]);
  assert.ok(cycle!.tasks.every((tid) => tid < 0));
});
