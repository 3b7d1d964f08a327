import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import { isIn } from '../../../../analysis/infer-from-stacks.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { FAULT_STACK, hungTask, MUTEX_WAIT, print, readLog, taskDump, WRITER_STACK } from './sample-logs.ts';

function edgesOf({ cycles, chains }: Analysis): string[] {
  const all = [...cycles.flatMap((cycle) => cycle.edges), ...chains.flatMap((chain) => chain.links)];
  const known = all.filter(({ blocker }) => blocker !== null);
  return [...new Set(known)]
    .map((e) => `${e.waiter} ${e.resource.kind} ${e.blocker} ${e.evidence}`)
    .toSorted();
}

const fault = (tid: number, at = 300) => hungTask({ name: 'fault', tid, at, stack: FAULT_STACK });
const writer = (tid: number, at = 301) => hungTask({ name: 'kworker/u4:1', tid, at, stack: WRITER_STACK });

test('a fault and a writer that are blocked together are suspected, by their stacks', () => {
  const analysis = analyzeTrace(readLog(fault(9) + writer(25)));
  assert.equal(analysis.verdict, 'suspected');
  assert.deepEqual(edgesOf(analysis), ['25 folio_lock 9 stack', '9 folio_writeback 25 stack']);
  assert.deepEqual(analysis.cycles[0]!.matches[0]!.id, 'ext4-fault-writeback');
  assert.deepEqual(analysis.cycles[0]!.matches[0]!.roles, { fault: 9, writer: 25 });
  assert.ok(analysis.cycles[0]!.edges.every(({ inferredFrom }) => inferredFrom !== undefined));
});

test('a page lock whose function ended in a jump is not on the stack, and is one all the same', () => {
  const wait = ['__schedule', 'schedule', 'io_schedule', 'folio_wait_bit_common'];
  const gather = ['mpage_prepare_extent_to_map', 'ext4_writepages', 'do_writepages'];
  const blocked = (stack: string[]) => hungTask({ name: 'kworker/u4:1', tid: 25, at: 301, stack });
  const analysis = analyzeTrace(readLog(fault(9) + blocked([...wait, ...gather])));
  assert.deepEqual(edgesOf(analysis), ['25 folio_lock 9 stack', '9 folio_writeback 25 stack']);
  const reader = analyzeTrace(readLog(fault(9) + blocked([...wait, 'filemap_update_page', ...gather])));
  assert.deepEqual([reader.verdict, reader.chains[0]!.end], ['hang', 'unknown']);
});

test('either of them alone is a hang', () => {
  for (const text of [fault(9), writer(25)]) {
    const analysis = analyzeTrace(readLog(text));
    assert.deepEqual([analysis.verdict, edgesOf(analysis)], ['hang', []]);
  }
});

test('a fault that allocates its page table before it locks the page holds nothing', () => {
  const stack = FAULT_STACK.filter((name) => name !== 'finish_fault');
  const analysis = analyzeTrace(readLog(hungTask({ name: 'fault', tid: 9, at: 300, stack }) + writer(25)));
  assert.deepEqual([analysis.verdict, edgesOf(analysis)], ['hang', []]);
});

test('of several that fit none is shown to be the one, and of many none is named', () => {
  const two = analyzeTrace(readLog(fault(9) + fault(10, 302) + writer(25)));
  assert.equal(two.verdict, 'suspected');
  assert.deepEqual(
    edgesOf(two).filter((edge) => edge.startsWith('25')),
    ['25 folio_lock 10 unknown', '25 folio_lock 9 unknown'],
  );
  const many = [1, 2, 3, 4, 5].map((tid) => fault(tid, 300 + tid)).join('');
  const analysis = analyzeTrace(readLog(many + writer(25, 310)));
  assert.deepEqual(
    edgesOf(analysis).filter((edge) => edge.startsWith('25')),
    [],
  );
});

test('a rule counts only in kernels that are like that', () => {
  const stack = [...WRITER_STACK.slice(0, 5), 'extent_write_cache_pages', 'extent_writepages'];
  const text = (release: string) =>
    (fault(9) + hungTask({ name: 'flush', tid: 25, at: 301, stack })).replaceAll('6.1.0-18-amd64', release);
  assert.equal(analyzeTrace(readLog(text('3.1.0'))).verdict, 'suspected');
  assert.equal(analyzeTrace(readLog(text('6.1.0'))).verdict, 'hang');
  assert.deepEqual(
    ['3.1.9-rc2', '3.2', '4.19.1', undefined, 'mine'].map((release) =>
      isIn({ from: '3.1', until: '3.2' }, release),
    ),
    [true, false, false, true, true],
  );
});

test('who waits inside reclaim for another mutex does not wait for the allocator', () => {
  const inReclaim = [...MUTEX_WAIT, 'f', 'g', 'h', 'i', 'j', 'pcpu_alloc'];
  const allocator = [
    '__schedule',
    'schedule',
    'wait_current_trans',
    'shrink_slab',
    'pcpu_populate_chunk',
    'pcpu_alloc',
  ];
  const log = (stack: readonly string[]) =>
    hungTask({ name: 'a', tid: 1, at: 300, stack }) +
    hungTask({ name: 'b', tid: 2, at: 301, stack: allocator });
  assert.deepEqual(edgesOf(analyzeTrace(readLog(log([...MUTEX_WAIT, 'pcpu_alloc'])))), ['1 mutex 2 stack']);
  assert.deepEqual(edgesOf(analyzeTrace(readLog(log(inReclaim)))), []);
});

interface GoldenWait {
  readonly type: string;
  readonly tid: number;
  readonly comm: string;
  readonly stack?: readonly string[];
}

/** The blocked tasks of a golden capture as sysrq-w would list them. */
function listBlocked(name: string): string {
  const path = join(packageRoot(), 'test', 'golden', `${name}.ndjson`);
  const records = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"wait_begin"'))
    .map((line) => JSON.parse(line) as GoldenWait)
    .filter(({ stack }) => stack !== undefined);
  const last = new Map(records.map((record) => [record.tid, record]));
  const dumps = [...last.values()].map(({ tid, comm, stack }) =>
    taskDump(comm ?? 'task', tid, 'D', ['__schedule', 'schedule', ...stack!]),
  );
  return print(['sysrq: Show Blocked State', ...dumps.flat()], 60);
}

test('stacks of documented deadlocks never say more than the capture did', () => {
  const expected: Readonly<Record<string, readonly [verdict: string, id: string | undefined]>> = {
    'ext4-fault-writeback': ['suspected', 'ext4-fault-writeback'],
    'pcpu-alloc-reclaim': ['suspected', 'pcpu-alloc-reclaim'],
    'shmem-seals-cpu-hotplug': ['suspected', 'shmem-seals-cpu-hotplug'],
    'netfs-sb-writers-mmap': ['none', undefined],
    'straight-chain': ['none', undefined],
    diamond: ['none', undefined],
  };
  for (const [name, [verdict, id]] of Object.entries(expected)) {
    const analysis = analyzeTrace(readLog(listBlocked(name)));
    assert.deepEqual([analysis.verdict, analysis.cycles[0]?.matches[0]?.id], [verdict, id], name);
  }
});
