import type { ScannedTask } from '../../../src/snapshot/proc-reader.ts';
import type { Pass, Snapshot } from '../../../src/snapshot/snapshot.ts';

/** A blocked task, as /proc of a 6.1 guest has it. */
export interface SampleTask {
  readonly tid: number;
  readonly comm: string;
  /** Text of /proc/TID/stack. */
  readonly stack: string;
  readonly state?: string;
  readonly switches?: number;
  readonly startTicks?: number;
}

/** The guest hung by `holdwait repro ext4-fault-writeback`. */
export const FAULT_TASK: SampleTask = {
  tid: 485,
  comm: 'fault-task',
  stack: `[<0>] folio_wait_bit_common+0x13d/0x380
[<0>] folio_wait_writeback+0x28/0x80
[<0>] shrink_folio_list+0x6cd/0xb60
[<0>] shrink_lruvec+0x8fd/0x10c0
[<0>] shrink_node+0x2c6/0x720
[<0>] do_try_to_free_pages+0xde/0x5b0
[<0>] try_to_free_mem_cgroup_pages+0x10f/0x240
[<0>] try_charge_memcg+0x17b/0x780
[<0>] __memcg_kmem_charge_page+0xed/0x290
[<0>] __alloc_pages+0x207/0x330
[<0>] pte_alloc_one+0x13/0x40
[<0>] __pte_alloc+0x26/0x90
[<0>] finish_fault+0x121/0x270
[<0>] unfixed_finish_fault+0x5e/0x209 [unfix_finish_fault]
[<0>] do_fault+0x2e1/0x410
[<0>] __handle_mm_fault+0x660/0xfa0
[<0>] handle_mm_fault+0xdb/0x2d0
[<0>] do_user_addr_fault+0x191/0x570
[<0>] exc_page_fault+0x70/0x170
[<0>] asm_exc_page_fault+0x22/0x30
`,
};
export const FLUSHER: SampleTask = {
  tid: 9,
  comm: 'kworker/u4:0+flush-254:16',
  stack: `[<0>] folio_wait_bit_common+0x13d/0x380
[<0>] mpage_prepare_extent_to_map+0x336/0x440 [ext4]
[<0>] ext4_writepages+0x486/0x1190 [ext4]
[<0>] do_writepages+0xbd/0x1c0
[<0>] __writeback_single_inode+0x3d/0x360
[<0>] writeback_sb_inodes+0x1f5/0x4d0
[<0>] __writeback_inodes_wb+0x4c/0xf0
[<0>] wb_writeback+0x204/0x2f0
[<0>] wb_workfn+0x318/0x4f0
[<0>] process_one_work+0x1c4/0x380
[<0>] worker_thread+0x4d/0x380
[<0>] kthread+0xd7/0x100
[<0>] ret_from_fork+0x1f/0x30
`,
};

/** One look at a machine `seconds` after its start. */
export function look(seconds: number, tasks: readonly SampleTask[]): Pass {
  return {
    atNs: seconds * 1e9,
    threads: 90 + tasks.length,
    tasks: tasks.map(({ tid, state = 'D' }): ScannedTask => ({ tid, pid: tid, state })),
    texts: new Map(tasks.flatMap(textsOf)),
  };
}

function textsOf({ tid, comm, stack, state = 'D', switches = 59, startTicks = 25188 }: SampleTask) {
  const folder = `/proc/${tid}/task/${tid}`;
  const after = `1 1 1 0 -1 4194624 74 0 1 0 4 8 0 0 20 0 1 0 ${startTicks} 2670592 344 18446744073709551615 1 1 0`;
  return [
    [`${folder}/stat`, `${tid} (${comm.slice(0, 15)}) ${state} ${after}\n`],
    [`${folder}/comm`, `${comm}\n`],
    [`${folder}/schedstat`, `${switches * 1000} 30651987 ${switches}\n`],
    [
      `${folder}/status`,
      `Name:\t${comm}\nState:\t${state} (disk sleep)\nvoluntary_ctxt_switches:\t${switches - 1}\nnonvoluntary_ctxt_switches:\t1\n`,
    ],
    [`${folder}/stack`, stack],
  ] as const;
}

/** Two looks at tasks that need not be the same in both. */
export function snapshot(
  before: readonly SampleTask[],
  after: readonly SampleTask[] = before,
  parts: Partial<Snapshot> = {},
): Snapshot {
  return {
    target: 'lab:sample',
    startedAt: '2026-01-02T03:04:05.000Z',
    first: look(300, before),
    second: look(310, after),
    texts: new Map([['/proc/sys/kernel/osrelease', '6.1.0-56-amd64\n']]),
    kernelLog: undefined,
    owners: undefined,
    notes: [],
    stuckFiles: [],
    unreadTasks: 0,
    ...parts,
  };
}
