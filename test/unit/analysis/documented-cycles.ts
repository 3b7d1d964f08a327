import type { TraceRecord } from '../../../src/trace/index.ts';

/** One party of a documented deadlock: what it waits for, and how the party that has it is known. */
interface Party {
  readonly role: string;
  readonly comm: string;
  readonly kind: string;
  readonly mode?: 'read' | 'write';
  /** Name of the lock, as labels have it. */
  readonly name?: string;
  /** Innermost first, blank-separated. */
  readonly stack: string;
  /**
   * How the next party is known to have it: an owner field, `traced`, the call it has open (given by name, with `read`
   * before it if it is one reader of many), or `queue`: it only stands before this one.
   */
  readonly by: 'owner-field' | 'traced' | 'queue' | `read ${string}` | `open ${string}`;
}

const RECLAIM =
  'super_cache_scan do_shrink_slab shrink_slab shrink_node do_try_to_free_pages try_to_free_pages __alloc_pages';
const SYSCALL = 'do_syscall_64 entry_SYSCALL_64_after_hwframe';
const FAULT = 'handle_mm_fault do_user_addr_fault exc_page_fault asm_exc_page_fault';
const FLUSHER =
  'do_writepages __writeback_single_inode writeback_sb_inodes __writeback_inodes_wb wb_writeback wb_workfn process_one_work worker_thread kthread ret_from_fork';
const PERCPU_READ = 'percpu_rwsem_wait __percpu_down_read';
const MMAP = 'mm_struct.mmap_lock of app:301';
const WRITERS = 'super_block.s_writers.write of vdb';
const DELAYED = 'btrfs_delayed_node.mutex';
const COMMIT_ROOT = 'btrfs_fs_info.commit_root_sem';
const BACKREF =
  '__mutex_lock pcpu_alloc __percpu_counter_init btrfs_drew_lock_init btrfs_get_fs_root resolve_indirect_refs find_parent_nodes btrfs_find_all_leafs iterate_extent_inodes iterate_inodes_from_logical btrfs_ioctl_logical_to_ino btrfs_ioctl';

/** The stacks of the report of 2018. */
const FAULT_PARTY: Party = {
  role: 'fault',
  comm: 'task1',
  kind: 'folio_writeback',
  stack: `wait_on_page_bit shrink_page_list shrink_inactive_list shrink_node_memcg shrink_node do_try_to_free_pages try_to_free_mem_cgroup_pages try_charge memcg_kmem_charge_memcg memcg_kmem_charge __alloc_pages_nodemask alloc_pages_current pte_alloc_one __pte_alloc alloc_set_pte do_fault ${FAULT}`,
  by: 'traced',
};
const WRITER_PARTY = { role: 'writer', comm: 'kworker/u4:1', kind: 'folio_lock', by: 'traced' } as const;

const FREEZER: Party = {
  role: 'freezer',
  comm: 'fsfreeze',
  kind: 'percpu_rwsem',
  mode: 'write',
  name: WRITERS,
  stack: `percpu_down_write freeze_super do_vfs_ioctl __x64_sys_ioctl ${SYSCALL}`,
  by: 'read mnt_want_write_file',
};
const XATTR: Party = {
  role: 'xattr',
  comm: 'xattr',
  kind: 'rwsem',
  mode: 'read',
  name: MMAP,
  stack: `rwsem_down_read_slowpath down_read do_user_addr_fault exc_page_fault asm_exc_page_fault strncpy_from_user removexattr __x64_sys_fremovexattr ${SYSCALL}`,
  by: 'queue',
};
const MAPPER: Party = {
  role: 'mapper',
  comm: 'mapper',
  kind: 'rwsem',
  mode: 'write',
  name: MMAP,
  stack: `rwsem_down_write_slowpath down_write_killable vm_mmap_pgoff ksys_mmap_pgoff ${SYSCALL}`,
  by: 'read handle_mm_fault',
};

/** Signature → its parties, each waiting for what the next one has, on a 6.1 kernel or as reported. */
export const DOCUMENTED: Readonly<Record<string, readonly Party[]>> = {
  'ext4-fault-writeback': [
    FAULT_PARTY,
    { ...WRITER_PARTY, stack: `__lock_page mpage_prepare_extent_to_map ext4_writepages ${FLUSHER}` },
  ],
  'btrfs-fault-writeback': [
    FAULT_PARTY,
    { ...WRITER_PARTY, stack: `__folio_lock extent_write_cache_pages extent_writepages ${FLUSHER}` },
  ],
  'xfs-fault-writeback': [
    FAULT_PARTY,
    {
      ...WRITER_PARTY,
      stack: `__folio_lock write_cache_pages iomap_writepages xfs_vm_writepages ${FLUSHER}`,
    },
  ],
  'pcpu-alloc-reclaim': [
    {
      role: 'committer',
      comm: 'btrfs',
      kind: 'mutex',
      name: 'pcpu_alloc_mutex',
      stack: `__mutex_lock pcpu_alloc __percpu_counter_init btrfs_drew_lock_init btrfs_init_fs_root btrfs_get_root_ref create_pending_snapshot create_pending_snapshots btrfs_commit_transaction create_snapshot btrfs_mksubvol btrfs_ioctl ${SYSCALL}`,
      by: 'owner-field',
    },
    {
      role: 'allocator',
      comm: 'pcpuhog',
      kind: 'transaction',
      stack: `wait_current_trans start_transaction btrfs_evict_inode evict __dentry_kill shrink_dentry_list prune_dcache_sb ${RECLAIM} pcpu_alloc_pages pcpu_populate_chunk pcpu_alloc bpf_map_alloc_percpu array_map_alloc map_create __sys_bpf ${SYSCALL}`,
      by: 'open btrfs_commit_transaction',
    },
  ],
  'pcpu-alloc-commit-root-sem': [
    {
      role: 'allocator',
      comm: 'kworker/1:2',
      kind: 'mutex',
      name: DELAYED,
      stack: `__mutex_lock __btrfs_release_delayed_node btrfs_evict_inode evict dispose_list prune_icache_sb ${RECLAIM} pcpu_create_chunk pcpu_balance_workfn process_one_work worker_thread kthread ret_from_fork`,
      by: 'owner-field',
    },
    {
      role: 'committer',
      comm: 'sync',
      kind: 'rwsem',
      mode: 'write',
      name: COMMIT_ROOT,
      stack: `rwsem_down_write_slowpath down_write btrfs_cache_block_group find_free_extent btrfs_reserve_extent btrfs_alloc_tree_block __btrfs_cow_block btrfs_cow_block __btrfs_update_delayed_inode btrfs_commit_transaction ${SYSCALL}`,
      by: 'read btrfs_find_all_leafs',
    },
    {
      role: 'backref',
      comm: 'resolve',
      kind: 'mutex',
      name: 'pcpu_alloc_mutex',
      stack: `${BACKREF} ${SYSCALL}`,
      by: 'owner-field',
    },
  ],
  'pcpu-alloc-kswapd': [
    {
      role: 'kswapd',
      comm: 'kswapd0',
      kind: 'mutex',
      name: DELAYED,
      stack:
        '__mutex_lock __btrfs_release_delayed_node.part.0 btrfs_evict_inode evict dispose_list prune_icache_sb super_cache_scan do_shrink_slab shrink_slab shrink_node balance_pgdat kswapd kthread ret_from_fork',
      by: 'owner-field',
    },
    {
      role: 'committer',
      comm: 'sync',
      kind: 'rwsem',
      mode: 'read',
      name: 'btrfs_space_info.groups_sem',
      stack: `rwsem_down_read_slowpath down_read find_free_extent btrfs_reserve_extent btrfs_alloc_tree_block alloc_tree_block_no_bg_flush __btrfs_cow_block btrfs_cow_block btrfs_search_slot btrfs_lookup_inode __btrfs_update_delayed_inode __btrfs_commit_inode_delayed_items __btrfs_run_delayed_items btrfs_commit_transaction iterate_supers ksys_sync ${SYSCALL}`,
      by: 'owner-field',
    },
    {
      role: 'cacher',
      comm: 'umount',
      kind: 'rwsem',
      mode: 'write',
      name: COMMIT_ROOT,
      stack: `rwsem_down_write_slowpath down_write btrfs_cache_block_group find_free_extent btrfs_reserve_extent btrfs_alloc_tree_block alloc_tree_block_no_bg_flush __btrfs_cow_block btrfs_cow_block commit_cowonly_roots btrfs_commit_transaction sync_filesystem generic_shutdown_super`,
      by: 'read btrfs_find_all_leafs',
    },
    {
      role: 'backref',
      comm: 'resolve',
      kind: 'mutex',
      name: 'pcpu_alloc_mutex',
      stack: `${BACKREF} ${SYSCALL}`,
      by: 'owner-field',
    },
    {
      role: 'balancer',
      comm: 'kworker/0:1',
      kind: 'reclaim',
      stack:
        'fs_reclaim_acquire.part.0 __kmalloc pcpu_create_chunk pcpu_balance_workfn process_one_work worker_thread kthread ret_from_fork',
      by: 'traced',
    },
  ],
  'netfs-sb-writers-mmap': [
    {
      role: 'fault',
      comm: 'app',
      kind: 'fuse_request',
      stack: `request_wait_answer fuse_simple_request fuse_do_readpage fuse_read_folio filemap_read_folio filemap_fault __do_fault do_fault __handle_mm_fault ${FAULT}`,
      by: 'open fuse_dev_do_read',
    },
    {
      role: 'server',
      comm: 'fused',
      kind: 'percpu_rwsem',
      mode: 'read',
      name: WRITERS,
      stack: `${PERCPU_READ} vfs_write ksys_pwrite64 __x64_sys_pwrite64 ${SYSCALL}`,
      by: 'owner-field',
    },
    FREEZER,
    XATTR,
    MAPPER,
  ],
  'netfs-cachefiles-fault': [
    {
      role: 'fault',
      comm: 'app',
      kind: 'percpu_rwsem',
      mode: 'read',
      name: WRITERS,
      stack: `${PERCPU_READ} cachefiles_write netfs_rreq_do_write_to_cache netfs_readpage filemap_read_page filemap_fault __do_fault do_fault __handle_mm_fault ${FAULT}`,
      by: 'owner-field',
    },
    FREEZER,
    XATTR,
    MAPPER,
  ],
  'netfs-cachefiles-order': [
    {
      role: 'fault',
      comm: 'holetest',
      kind: 'rwsem',
      mode: 'read',
      name: 'mapping.invalidate_lock#3',
      stack: `down_read filemap_fault __do_fault do_fault __handle_mm_fault ${FAULT}`,
      by: 'owner-field',
    },
    {
      role: 'reader',
      comm: 'cat',
      kind: 'percpu_rwsem',
      mode: 'read',
      name: 'sb_writers#10',
      stack: `cachefiles_write netfs_rreq_do_write_to_cache netfs_readpage filemap_read_page filemap_get_pages filemap_read new_sync_read vfs_read ksys_read ${SYSCALL}`,
      by: 'owner-field',
    },
    {
      role: 'xattr',
      comm: 'rm',
      kind: 'rwsem',
      mode: 'read',
      name: '&mm->mmap_lock#2',
      stack: `__might_fault strncpy_from_user removexattr __do_sys_fremovexattr ${SYSCALL}`,
      by: 'owner-field',
    },
  ],
  'shmem-seals-cpu-hotplug': [
    {
      role: 'sealer',
      comm: 'seal',
      kind: 'percpu_rwsem',
      mode: 'read',
      name: 'cpu_hotplug_lock',
      stack: `${PERCPU_READ} cpus_read_lock drain_with_lock lru_add_drain_all memfd_wait_for_pins memfd_fcntl do_fcntl __x64_sys_fcntl ${SYSCALL}`,
      by: 'traced',
    },
    {
      role: 'hotplug',
      comm: 'sh',
      kind: 'completion',
      name: 'cpuhp_cpu_state.done_down of CPU 1',
      stack: `wait_for_completion cpuhp_kick_ap cpuhp_kick_ap_work _cpu_down cpu_device_down cpu_subsys_offline device_offline online_store kernfs_fop_write_iter vfs_write ksys_write ${SYSCALL}`,
      by: 'owner-field',
    },
    {
      role: 'callback',
      comm: 'cpuhp/1',
      kind: 'rwsem',
      mode: 'write',
      name: 'inode.i_rwsem of inode 3 on device 0:1',
      stack:
        'rwsem_down_write_slowpath down_write inode_teardown cpuhp_invoke_callback cpuhp_thread_fun smpboot_thread_fn kthread ret_from_fork',
      by: 'owner-field',
    },
  ],
  'memcg-irq-nesting': [
    {
      role: 'task',
      comm: 'mover',
      kind: 'spinlock',
      name: 'mem_cgroup.move_lock',
      stack:
        'native_queued_spin_lock_slowpath _raw_spin_lock_irqsave folio_memcg_lock __folio_end_writeback folio_end_writeback ext4_finish_bio ext4_end_bio bio_endio blk_update_request blk_mq_end_request virtblk_done vring_interrupt __handle_irq_event_percpu handle_irq_event handle_edge_irq __common_interrupt common_interrupt asm_common_interrupt nest_locks ksys_write',
      by: 'owner-field',
    },
  ],
};

const FIRST_TID = 301;

/** Tid of the party at a position of DOCUMENTED. */
export function tidOf(position: number): number {
  return FIRST_TID + position;
}

/** A capture of the parties stuck in their cycle. */
export function capture(parties: readonly Party[], without: 'labels' | 'nothing' = 'nothing'): TraceRecord[] {
  const holds: TraceRecord[] = [];
  const waits = parties.map((party, i): TraceRecord => {
    const next = tidOf((i + 1) % parties.length);
    const { kind, name, mode, by } = party;
    const res = name === undefined ? `${kind}-${i}` : `0x${name.replace(/\W/g, '')}`;
    const label = without === 'labels' ? undefined : name;
    const call = /^(read|open) (.*)/.exec(by);
    if (call !== null) {
      const shared = call[1] === 'read' ? ({ mode: 'read' } as const) : {};
      holds.push({ type: 'hold_begin', ts: 10, tid: next, kind, res, stack: [call[2]!], ...shared });
    }
    const holder = by === 'owner-field' || by === 'traced' ? { holder: next, evidence: by } : {};
    // Who comes later in the list came before in the queue.
    const ts = 100 - i;
    const stack = party.stack.split(' ').map((frame) => `${frame}+0x1b/0x40`);
    return {
      type: 'wait_begin',
      ts,
      tid: tidOf(i),
      comm: party.comm,
      kind,
      res,
      label,
      mode,
      stack,
      ...holder,
    };
  });
  return [...holds, ...waits];
}
