import { type Kind, NONE, type StackTable } from '../trace/index.ts';
import { READ } from './objects.ts';

/** Something a task does: who does it, and the outer frames of its stacks, innermost first. */
interface Path {
  readonly comms: readonly string[];
  readonly frames: readonly string[];
}

const SYSCALL = ['do_syscall_64+0x59/0xc0', 'entry_SYSCALL_64_after_hwframe+0x64/0xce'];
const FAULT = ['do_user_addr_fault+0x1f0/0x670', 'exc_page_fault+0x70/0x170', 'asm_exc_page_fault+0x22/0x30'];
const WORKER = ['process_one_work+0x1e5/0x3b0', 'worker_thread+0x50/0x3a0', 'kthread+0xe9/0x110'];

export const PATHS: readonly Path[] = [
  {
    comms: ['dd', 'rsync', 'tar'],
    frames: [
      'ext4_buffered_write_iter+0x62/0x120 [ext4]',
      'vfs_write+0x2d1/0x3f0',
      'ksys_write+0x6b/0xf0',
      ...SYSCALL,
    ],
  },
  {
    comms: ['postgres', 'mysqld', 'etcd'],
    frames: [
      'ext4_sync_file+0x8a/0x310 [ext4]',
      'do_fsync+0x38/0x70',
      '__x64_sys_fdatasync+0x13/0x20',
      ...SYSCALL,
    ],
  },
  {
    comms: ['java', 'node', 'python3'],
    frames: ['filemap_fault+0x5c1/0x9d0', '__do_fault+0x33/0x110', 'handle_mm_fault+0xdb/0x2d0', ...FAULT],
  },
  {
    comms: ['kworker/u8:1', 'kworker/u8:3', 'kworker/u17:0'],
    frames: [
      'ext4_writepages+0x31a/0xee0 [ext4]',
      'do_writepages+0xd1/0x1b0',
      'writeback_sb_inodes+0x1f5/0x4d0',
      'wb_workfn+0x2b4/0x4d0',
      ...WORKER,
    ],
  },
  {
    comms: ['git', 'cc1', 'make'],
    frames: ['lock_rename+0x2c/0xd0', 'do_renameat2+0x1d6/0x5c0', '__x64_sys_rename+0x41/0x50', ...SYSCALL],
  },
  {
    comms: ['jbd2/vda1-8', 'jbd2/vdb1-8'],
    frames: [
      'jbd2_journal_commit_transaction+0x5c7/0x1940 [jbd2]',
      'kjournald2+0xa9/0x280 [jbd2]',
      'kthread+0xe9/0x110',
    ],
  },
  {
    comms: ['runc', 'containerd', 'systemd'],
    frames: ['cgroup_mkdir+0x5d/0x4b0', 'kernfs_iop_mkdir+0x5a/0x90', 'vfs_mkdir+0x95/0x130', ...SYSCALL],
  },
  {
    comms: ['nginx', 'find', 'updatedb'],
    frames: ['iterate_dir+0x42/0x1d0', '__x64_sys_getdents64+0x88/0x130', ...SYSCALL],
  },
];

/** Inner frames of one kind: of who waits for it, takes it or lets it go. */
interface Frames {
  readonly wait: readonly string[];
  readonly take: readonly string[];
  /** Taken without waiting for it; where it can be. */
  readonly try?: readonly string[];
  readonly free: readonly string[];
}

const SLEEP = ['__schedule+0x34d/0x9e0', 'schedule+0x5a/0xd0'];
const PAGE_WAIT = [...SLEEP, 'io_schedule+0x42/0x70', 'folio_wait_bit_common+0x13d/0x350'];
const SPIN: Frames = {
  wait: ['native_queued_spin_lock_slowpath+0x1c9/0x2d0', '_raw_spin_lock+0x25/0x30'],
  take: ['_raw_spin_lock+0x13/0x30'],
  free: ['_raw_spin_unlock+0xa/0x20'],
};
const FRAMES: Readonly<Partial<Record<Kind, Frames>>> = {
  mutex: {
    wait: [...SLEEP, 'schedule_preempt_disabled+0xa/0x10', '__mutex_lock.constprop.0+0x3a4/0x6c0'],
    take: ['mutex_lock+0x2a/0x40'],
    try: ['mutex_trylock+0x1c/0x80'],
    free: ['mutex_unlock+0x14/0x20'],
  },
  rwsem: {
    wait: [...SLEEP, 'rwsem_down_write_slowpath+0x2a6/0x6a0', 'down_write+0x60/0x70'],
    take: ['down_write+0x3a/0x70'],
    free: ['up_write+0x32/0x60'],
  },
  folio_lock: {
    wait: [...PAGE_WAIT, '__folio_lock+0x17/0x20'],
    take: ['__filemap_get_folio+0x1a6/0x340'],
    free: ['folio_unlock+0x25/0x30'],
  },
  folio_writeback: {
    wait: [...PAGE_WAIT, 'folio_wait_writeback+0x2c/0x80'],
    take: ['__folio_start_writeback+0x21/0x2a0'],
    free: ['folio_end_writeback+0x4f/0x90'],
  },
  spinlock: SPIN,
};
const RWSEM_READ: Frames = {
  wait: [...SLEEP, 'rwsem_down_read_slowpath+0x28e/0x4e0', 'down_read+0x48/0xa0'],
  take: ['down_read+0x3e/0xa0'],
  free: ['up_read+0x3a/0x80'],
};
const ALLOC_FRAMES: readonly (readonly string[])[] = [
  ['pte_alloc_one+0x15/0xb0', '__pte_alloc+0x2c/0x110'],
  ['pcpu_alloc+0x2f1/0x8d0', 'percpu_counter_init+0x20/0x90'],
];

/** The stacks of a simulated kernel: a few dozen, interned when they are first seen. */
export class Stacks {
  readonly #table: StackTable;
  readonly #known = new Map<readonly string[], number[]>();

  constructor(table: StackTable) {
    this.#table = table;
  }

  of(what: keyof Frames, kind: Kind, mode: number, path: number): number {
    const frames = kind === 'rwsem' && mode === READ ? RWSEM_READ : (FRAMES[kind] ?? SPIN);
    return this.#intern(frames[what] ?? frames.take, path);
  }

  /** @param fn position in ALLOC_FUNCTIONS */
  ofAlloc(fn: number, path: number): number {
    return this.#intern(ALLOC_FRAMES[fn]!, path);
  }

  #intern(inner: readonly string[], path: number): number {
    let byPath = this.#known.get(inner);
    if (byPath === undefined) {
      byPath = PATHS.map(() => NONE);
      this.#known.set(inner, byPath);
    }
    if (byPath[path] === NONE) {
      byPath[path] = this.#table.intern([...inner, ...PATHS[path]!.frames]);
    }
    return byPath[path]!;
  }
}
