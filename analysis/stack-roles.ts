/** Functions of a blocked stack, innermost first, gaps allowed; each entry lists the names of one function. */
export type FramePattern = readonly (readonly string[])[];

/** Kernels `from` ≤ release < `until`, by the first numbers: `4.13`. */
export interface KernelRange {
  readonly from?: string;
  readonly until?: string;
}

/** A pair of blocked stacks of which one waits for what the other must be holding. */
export interface StackRule {
  readonly waiter: {
    readonly kind: string;
    /** The first entry is what the task waits in, so it is looked for near the top only. */
    readonly frames: FramePattern;
  };
  readonly holder: {
    readonly frames: FramePattern;
    /** What the holder waits for itself, where that tells that it has what the waiter wants. */
    readonly kind?: string;
  };
  /** Kernels in which the code is like that. */
  readonly kernels?: KernelRange;
  /** For a person: how the holder's stack shows it. */
  readonly why: string;
}

const PCPU_ALLOC = ['pcpu_alloc', 'pcpu_alloc_noprof'];
/** The last two are what the others jump to: then these are not on the stack. */
const PAGE_LOCK = [
  '__folio_lock',
  '__lock_page',
  'folio_lock',
  'lock_page',
  'folio_wait_bit_common',
  'wait_on_page_bit_common',
];
/** A fault that allocates the page table in finish_fault() has the page locked; one that does so before has not. */
const FAULT: FramePattern = [
  ['pte_alloc_one', '__pte_alloc', 'pte_alloc_one_map'],
  ['alloc_set_pte', 'finish_fault'],
];
const FAULT_IN_RECLAIM: FramePattern = [['shrink_folio_list', 'shrink_page_list'], ...FAULT];
const LOCKED_BY_FAULT =
  'a page fault below finish_fault(): the page it maps stays locked while the page table is allocated';

/** Tasks that collect pages under writeback into an I/O that is submitted later, and lock the next page meanwhile. */
interface Gatherer {
  readonly frames: FramePattern;
  readonly kernels?: KernelRange;
  readonly why: string;
}

const GATHERERS: readonly Gatherer[] = [
  {
    frames: [PAGE_LOCK, ['mpage_prepare_extent_to_map'], ['ext4_writepages', 'ext4_do_writepages']],
    why: 'mpage_prepare_extent_to_map(): pages it has gathered are under writeback in a bio not yet submitted',
  },
  {
    frames: [
      PAGE_LOCK,
      ['extent_write_cache_pages', 'lock_delalloc_pages', '__process_pages_contig'],
      ['btrfs_writepages', 'extent_writepages'],
    ],
    kernels: { until: '3.2' },
    why: 'extent_write_cache_pages(): pages it has gathered are under writeback in a bio not yet submitted',
  },
  {
    frames: [PAGE_LOCK, ['write_cache_pages', 'writeback_iter'], ['xfs_vm_writepages', 'iomap_writepages']],
    why: 'xfs_vm_writepages(): pages it has gathered are under writeback in an ioend not yet submitted',
  },
];

/** What documented deadlocks look like to somebody who has the stacks and nothing else. */
export const STACK_RULES: readonly StackRule[] = [
  ...GATHERERS.flatMap(({ frames, kernels, why }): StackRule[] => [
    {
      waiter: { kind: 'folio_writeback', frames: FAULT_IN_RECLAIM },
      holder: { kind: 'folio_lock', frames },
      ...(kernels && { kernels }),
      why,
    },
    {
      waiter: { kind: 'folio_lock', frames },
      holder: { kind: 'folio_writeback', frames: FAULT_IN_RECLAIM },
      ...(kernels && { kernels }),
      why: LOCKED_BY_FAULT,
    },
  ]),
  {
    waiter: { kind: 'mutex', frames: [PCPU_ALLOC] },
    holder: {
      frames: [
        ['pcpu_populate_chunk', 'pcpu_create_chunk'],
        [...PCPU_ALLOC, 'pcpu_balance_workfn', 'pcpu_balance_populated'],
      ],
    },
    kernels: { from: '3.18' },
    why: 'memory for a chunk being allocated below pcpu_alloc(): that is done under pcpu_alloc_mutex',
  },
  {
    waiter: { kind: 'transaction', frames: [['wait_current_trans']] },
    holder: {
      frames: [['create_pending_snapshot', 'create_pending_snapshots'], ['btrfs_commit_transaction']],
    },
    why: 'the middle of btrfs_commit_transaction(): it commits the transaction that the others wait for',
  },
  {
    waiter: { kind: 'percpu_rwsem', frames: [['cpus_read_lock', 'get_online_cpus']] },
    holder: { kind: 'completion', frames: [['_cpu_down', '_cpu_up']] },
    kernels: { from: '4.13' },
    why: '_cpu_down() or _cpu_up(): a CPU is taken down or up under cpu_hotplug_lock',
  },
  {
    waiter: {
      kind: 'completion',
      frames: [
        ['cpuhp_kick_ap', '__cpuhp_kick_ap', 'wait_for_ap_thread'],
        ['_cpu_down', '_cpu_up'],
      ],
    },
    holder: { frames: [['cpuhp_invoke_callback'], ['cpuhp_thread_fun']] },
    kernels: { from: '4.6' },
    why: 'cpuhp_thread_fun(): the hotplug thread is in a callback, and says so only when that is over',
  },
  {
    waiter: { kind: 'rwsem', frames: [['cpuhp_invoke_callback'], ['cpuhp_thread_fun']] },
    holder: {
      kind: 'percpu_rwsem',
      frames: [
        ['cpus_read_lock', 'get_online_cpus'],
        ['memfd_fcntl', 'memfd_add_seals', 'shmem_fcntl', 'shmem_add_seals'],
      ],
    },
    kernels: { from: '4.6' },
    why: "memfd_add_seals(): it waits for CPUs under the inode's lock; whether the callback wants that inode's the stacks do not say",
  },
  {
    waiter: {
      kind: 'completion',
      frames: [
        ['__flush_work', 'flush_work'],
        ['work_on_cpu', 'work_on_cpu_key', 'work_on_cpu_safe', 'work_on_cpu_safe_key'],
      ],
    },
    holder: { frames: [['work_for_cpu_fn'], ['process_one_work']] },
    why: 'work_for_cpu_fn(): the worker that does, on another CPU, what work_on_cpu() waits for',
  },
  {
    waiter: {
      kind: 'percpu_rwsem',
      frames: [
        [
          'sb_start_write',
          '__sb_start_write',
          'file_start_write',
          'mnt_want_write',
          'mnt_want_write_file',
          'vfs_write',
          'do_iter_write',
        ],
      ],
    },
    holder: { kind: 'percpu_rwsem', frames: [['percpu_down_write'], ['sb_wait_write', 'freeze_super']] },
    why: 'freeze_super(): it keeps new writes to its file system out while it waits for those that have begun',
  },
];
