import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeTrace } from '../../../../analysis/index.ts';
import { traceRecords } from '../../../../src/trace/index.ts';
import { hungTask, lossesOf, MUTEX_WAIT, print, readLog } from './sample-logs.ts';

const WAITS_IN = (f: string) => [...MUTEX_WAIT, f];
const RCU_WAIT = ['__schedule', 'schedule', 'synchronize_rcu', 'cleanup_net'];

interface Listed {
  readonly task: string;
  readonly locks: readonly (readonly [address: string, name: string, at: string])[];
}

function listing(at: number, tasks: readonly Listed[]): string {
  const lines = tasks.flatMap(({ task, locks }) => [
    `${locks.length} lock${locks.length === 1 ? '' : 's'} held by ${task}:`,
    ...locks.map(([address, name, f], i) => ` #${i}: ${address} (${name}){+.+.}-{3:3}, at: ${f}+0x17/0x20`),
  ]);
  return print(['', 'Showing all locks held in the system:', ...lines, '', '='.repeat(45)], at);
}

const A = ['ffff888000000a00', '&a->lock', 'take_a'] as const;
const B = ['ffff888000000b00', '&b->lock', 'take_b'] as const;

test('a task that waits in the function that asked for its last lock waits for that lock', () => {
  const text =
    hungTask({ name: 'waiter', tid: 1, at: 300, stack: WAITS_IN('take_a') }) +
    hungTask({ name: 'holder', tid: 2, at: 301, stack: RCU_WAIT }) +
    listing(302, [
      { task: 'waiter/1', locks: [A] },
      { task: 'holder/2', locks: [B, A] },
    ]);
  const { verdict, chains } = analyzeTrace(readLog(text));
  assert.equal(verdict, 'hang');
  const [link] = chains[0]!.links;
  assert.deepEqual(link!.resource, { kind: 'mutex', id: A[0], label: A[1] });
  assert.deepEqual([link!.waiter, link!.blocker, link!.evidence], [1, 2, 'traced']);
});

test('two tasks that each hold what the other waits for are a deadlock', () => {
  const text =
    hungTask({ name: 'one', tid: 1, at: 300, stack: WAITS_IN('take_b') }) +
    hungTask({ name: 'two', tid: 2, at: 301, stack: WAITS_IN('take_a') }) +
    listing(302, [
      { task: 'one/1', locks: [A, B] },
      { task: 'two/2', locks: [B, A] },
    ]);
  const { verdict, cycles } = analyzeTrace(readLog(text));
  assert.deepEqual([verdict, cycles[0]!.tasks], ['deadlock', [1, 2]]);
});

test('of a task whose stack is not known the last lock is neither held nor wanted', () => {
  const text =
    hungTask({ name: 'waiter', tid: 1, at: 300, stack: WAITS_IN('take_a') }) +
    listing(302, [
      { task: 'waiter/1', locks: [A] },
      { task: 'other/2', locks: [B, A] },
    ]);
  assert.equal(analyzeTrace(readLog(text)).chains[0]!.links[0]!.blocker, null);
  const surely = text
    .replace('#1: ffff888000000a00', '#1: ffff888000000c00')
    .replace('#0: ffff888000000b00', '#0: ffff888000000a00');
  assert.equal(analyzeTrace(readLog(surely)).chains[0]!.links[0]!.blocker, 2);
});

test('a name tells a lock only if there is one of that name', () => {
  const log = (name: string) =>
    hungTask({ name: 'waiter', tid: 1, at: 300, stack: WAITS_IN('take_a') }) +
    hungTask({ name: 'holder', tid: 2, at: 301, stack: RCU_WAIT }) +
    print(
      [
        'Showing all locks held in the system:',
        '1 lock held by waiter/1:',
        ` #0:  (${name}){+.+.+.}, at: [<ffffffff822d37bc>] take_a+0x1c/0x20`,
        '1 lock held by holder/2:',
        ` #0:  (${name}){+.+.+.}, at: [<ffffffff822d37bc>] take_a+0x1c/0x20`,
      ],
      302,
    );
  assert.equal(analyzeTrace(readLog(log('rtnl_mutex'))).chains[0]!.links[0]!.blocker, 2);
  assert.equal(analyzeTrace(readLog(log('&dev->mutex'))).chains[0]!.links[0]!.blocker, null);
});

test('a list that is cut says nothing, and only the last listing counts', () => {
  const tasks =
    hungTask({ name: 'waiter', tid: 1, at: 300, stack: WAITS_IN('take_a') }) +
    hungTask({ name: 'holder', tid: 2, at: 301, stack: RCU_WAIT });
  const list = listing(302, [
    { task: 'waiter/1', locks: [A] },
    { task: 'holder/2', locks: [A, B] },
  ]);
  const cut = readLog(tasks + list.slice(0, list.indexOf(' #1')));
  assert.deepEqual(lossesOf(cut), { cut_report: 1 });
  assert.equal(analyzeTrace(cut).chains[0]!.links[0]!.blocker, null);
  const later = listing(400, [{ task: 'waiter/1', locks: [A] }]);
  assert.equal(analyzeTrace(readLog(tasks + list + later)).chains[0]!.links[0]!.blocker, null);
});

test('several holders of a lock share it', () => {
  const stack = ['__schedule', 'schedule', 'rwsem_down_write_slowpath', 'down_write', 'take_a'];
  const text =
    hungTask({ name: 'writer', tid: 1, at: 300, stack }) +
    listing(302, [
      { task: 'writer/1', locks: [A] },
      { task: 'reader/2', locks: [A, B] },
      { task: 'reader/3', locks: [A, B] },
    ]);
  const holds = Array.from(traceRecords(readLog(text))).filter(({ type }) => type === 'hold_begin');
  assert.deepEqual(
    holds.map(({ tid, kind, mode }) => [tid, kind, mode]),
    [
      [2, 'rwsem', 'read'],
      [3, 'rwsem', 'read'],
    ],
  );
});
