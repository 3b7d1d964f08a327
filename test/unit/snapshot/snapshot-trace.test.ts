import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import { findProbeBlocker } from '../../../src/snapshot/owner-probe.ts';
import { decodeSnapshot } from '../../../src/snapshot/snapshot-trace.ts';
import { parseTask, type TaskState } from '../../../src/snapshot/task-texts.ts';
import { FAULT_TASK, FLUSHER, look, type SampleTask, snapshot } from './sample-snapshot.ts';

function analyze(...parts: Parameters<typeof snapshot>): Analysis {
  return analyzeTrace(decodeSnapshot(snapshot(...parts)));
}

const stack = (...names: string[]) => names.map((name) => `[<0>] ${name}+0x1/0x20\n`).join('');
const task = (tid: number, ...names: string[]): SampleTask => ({
  tid,
  comm: `t${tid}`,
  stack: stack(...names),
});

test('two looks at a hung guest give its cycle, suspected since only stacks tell it', () => {
  const { verdict, cycles, capture } = analyze([FAULT_TASK, FLUSHER]);
  assert.equal(verdict, 'suspected');
  assert.deepEqual(cycles[0]!.tasks, [9, 485]);
  assert.deepEqual(
    cycles[0]!.edges.map(({ resource, evidence, waitNs }) => [resource.kind, evidence, waitNs]),
    [
      ['folio_lock', 'stack', 10e9],
      ['folio_writeback', 'stack', 10e9],
    ],
  );
  assert.equal(cycles[0]!.matches[0]!.id, 'ext4-fault-writeback');
  assert.equal(capture.kernelRelease, '6.1.0-56-amd64');
});

test('a task that has run between the looks is in no cycle, and nothing waits for it for ever', () => {
  const ran = { ...FLUSHER, switches: 60 };
  const later = analyze([FAULT_TASK, FLUSHER], [FAULT_TASK, ran]);
  assert.deepEqual([later.verdict, later.cycles], ['hang', []]);
  const elsewhere = { ...FLUSHER, stack: stack('blk_mq_get_tag', 'ext4_io_submit') };
  assert.deepEqual(analyze([FAULT_TASK, FLUSHER], [FAULT_TASK, elsewhere]).cycles, []);
  const another = { ...FLUSHER, startTicks: 30000 };
  assert.deepEqual(analyze([FAULT_TASK, FLUSHER], [FAULT_TASK, another]).cycles, []);
});

test('a freezer that readers wake in vain stands still all the same', () => {
  const freezer = task(141, 'freeze_super', '__x64_sys_ioctl', 'do_syscall_64');
  const { verdict, chains } = analyze([freezer], [{ ...freezer, switches: 62 }]);
  assert.deepEqual([verdict, chains[0]!.links[0]!.resource.kind], ['hang', 'percpu_rwsem']);
});

test('a task that was not blocked the first time cannot be said to be stuck', () => {
  const { verdict, chains } = analyze([], [FAULT_TASK, FLUSHER]);
  assert.deepEqual([verdict, chains], ['none', []]);
});

test('what sleeps so that a signal can wake it is no hang by itself, and is part of one', () => {
  const flock = { ...task(70, 'flock_lock_inode_wait', 'locks_lock_inode_wait'), state: 'S' };
  assert.equal(analyze([flock]).verdict, 'none');
  const { verdict, chains } = analyze([flock, FAULT_TASK]);
  assert.equal(verdict, 'hang');
  assert.deepEqual(chains.map(({ links }) => links[0]!.resource.kind).sort(), [
    'file_lock',
    'folio_writeback',
  ]);
});

test('/proc leaves out the lock functions; who calls them tells what is waited for', () => {
  const committer = task(
    3,
    'pcpu_alloc',
    '__percpu_counter_init',
    'create_pending_snapshot',
    'btrfs_commit_transaction',
  );
  const allocator = task(
    4,
    ...['wait_current_trans', 'start_transaction', 'btrfs_evict_inode', 'shrink_node'],
    ...['pcpu_create_chunk', 'pcpu_alloc', 'array_map_alloc'],
  );
  const { verdict, cycles } = analyze([committer, allocator]);
  assert.equal(verdict, 'suspected');
  assert.deepEqual(
    cycles[0]!.edges.map(({ waiter, resource, blocker }) => [waiter, resource.kind, blocker]),
    [
      [3, 'mutex', 4],
      [4, 'transaction', 3],
    ],
  );
  assert.equal(cycles[0]!.matches[0]!.id, 'pcpu-alloc-reclaim');
});

test('owners that were read make edges of their own evidence', () => {
  const one = task(3, 'do_user_addr_fault', 'exc_page_fault');
  const two = task(4, 'vm_mmap_pgoff', 'do_syscall_64');
  const writerOwned = 'lock 3 ffff888000000118 102 ffff888000aa0000 4\n';
  const byWriter = analyze([one, two], [one, two], { owners: writerOwned });
  const [link] = byWriter.chains.find(({ links }) => links[0]!.waiter === 3)!.links;
  assert.deepEqual(
    [link!.resource, link!.blocker, link!.evidence],
    [{ ...link!.resource, kind: 'rwsem', id: '0xffff888000000100' }, 4, 'owner-field'],
  );
  // The lowest bit of an rwsem's owner: readers have it, and this is only the last of them.
  const readerOwned = 'lock 4 ffff888000000118 102 ffff888000aa0001 3\n';
  const byReader = analyze([one, two], [one, two], { owners: readerOwned });
  const chain = byReader.chains.find(({ links }) => links[0]!.waiter === 4)!;
  assert.deepEqual([chain.links[0]!.blocker, chain.links[0]!.evidence], [3, 'unknown']);
});

test("the bit of a page's wait is better than its stack, and a torn line of the probe is nothing", () => {
  const reader = task(3, 'folio_wait_bit_common', 'filemap_update_page', 'filemap_read');
  const kinds = (owners: string) =>
    analyze([reader], [reader], { owners }).chains.map(({ links }) => links[0]!.resource.kind);
  assert.deepEqual(kinds('page 3 ffffea00001daa40 0\n'), ['folio_lock']);
  assert.deepEqual(kinds('page 3 ffffea00001daa4'), ['event']);
});

test('the kernel has known a task to be blocked since long before, if its stack is the same', () => {
  const frames = ['__schedule', 'schedule', 'io_schedule', ...namesOf(FAULT_TASK)];
  const log = (names: readonly string[]) =>
    [
      '[  250.000000] INFO: task fault-task:485 blocked for more than 120 seconds.',
      '[  250.000001] task:fault-task      state:D stack:0     pid:485   ppid:1      flags:0x00000002',
      '[  250.000002] Call Trace:',
      ...names.map((name) => `[  250.000003]  ${name}+0x1/0x20`),
    ].join('\n');
  const waitNs = (kernelLog: string) =>
    analyze([FAULT_TASK], [FAULT_TASK], { kernelLog }).chains[0]!.links[0]!.waitNs;
  assert.equal(waitNs(log(frames)), 180e9);
  assert.equal(waitNs(log(['__schedule', 'schedule', 'nfs_wait_on_request'])), 10e9);
});

test("a task that was being traced as it got stuck has the tracer's frames, and is known all the same", () => {
  // The tracer of a 6.1 guest, which was gone by then, had hooked io_schedule(), too.
  const traced = `[<0>] bpf_trampoline_6442458277+0x23/0x1000\n${FAULT_TASK.stack}`.replace(
    '[<0>] shrink_folio_list',
    '[<0>] bpf_trampoline_6442494524+0x6e/0x1000\n[<0>] folio_wait_writeback+0x5/0x80\n$&',
  );
  const log = (stackText: string) =>
    [
      '[  250.000000] INFO: task fault-task:485 blocked for more than 120 seconds.',
      '[  250.000001] task:fault-task      state:D stack:0     pid:485   ppid:1      flags:0x00000002',
      '[  250.000002] Call Trace:',
      ...['__schedule', 'schedule', 'io_schedule'].map((name) => `[  250.000003]  ${name}+0x1/0x20`),
      stackText.trimEnd().replaceAll('[<0>]', '[  250.000003] '),
    ].join('\n');
  const faulting = { ...FAULT_TASK, stack: traced };
  const [link] = analyze([faulting], [faulting], { kernelLog: log(traced) }).chains[0]!.links;
  assert.equal(link!.waitNs, 180e9);
  const state = stateOf(faulting);
  assert.deepEqual(state.names, namesOf(FAULT_TASK));
  assert.equal(findProbeBlocker([state]), undefined);
});

test('the functions of the kernel that load a BPF program are no frames of a tracer', () => {
  const loader = stateOf(task(8, 'bpf_trampoline_link_prog', 'bpf_prog_load', '__sys_bpf'));
  assert.deepEqual(loader.names, ['bpf_trampoline_link_prog', 'bpf_prog_load', '__sys_bpf']);
  assert.match(findProbeBlocker([loader])!, /a lock of tracing$/);
});

function stateOf(sample: SampleTask): TaskState {
  const { tasks, texts } = look(300, [sample]);
  return parseTask(tasks[0]!, texts)!;
}

function namesOf({ stack: text }: SampleTask): string[] {
  return Array.from(text.matchAll(/\] (\w+)\+/g), ([, name]) => name!);
}

test('what could not be read is counted, and what was read is kept', () => {
  const trace = decodeSnapshot(
    snapshot([{ ...FAULT_TASK, stack: '' }], undefined, { stuckFiles: ['/proc/9/cgroup'], unreadTasks: 7 }),
  );
  assert.deepEqual(
    trace.losses.map(({ reason, count }) => [reason, count]),
    [
      ['unread_file', 1],
      ['unread_task', 7],
      ['unread_stack', 1],
    ],
  );
  const names = trace.attachments.map(({ name }) => name);
  assert.deepEqual(names, ['snapshot', 'look-1', 'look-2', 'settings']);
  assert.match(trace.attachments[1]!.text, /^==> \/proc\/485\/task\/485\/stat <==\n485 \(fault-task\) D /);
});

test('names with anything in them do not shift what comes behind them', () => {
  const odd = { ...FAULT_TASK, comm: 'a) R (b' };
  assert.equal(analyze([odd]).verdict, 'hang');
});
