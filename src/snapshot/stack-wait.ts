import { findStackWait } from '../import/index.ts';
import type { Mode } from '../trace/index.ts';

/** What a task waits for, as far as its stack tells. */
export interface SnapshotWait {
  readonly kind: string;
  readonly mode?: Mode;
}

interface Sleeper extends SnapshotWait {
  readonly name: RegExp;
}

/**
 * Functions that sleep in a lock or a completion themselves. /proc leaves the scheduler's own functions out of a stack, and
 * to these belong `mutex_lock`, `down_read`, `percpu_down_write` and `wait_for_completion`: what is left begins with
 * their caller. Only callers that sleep for one thing are here.
 */
const SLEEPERS: readonly Sleeper[] = [
  { name: /^pcpu_alloc(_noprof)?$/, kind: 'mutex' },
  { name: /^(rtnl_lock|cgroup_lock|cgroup_kn_lock_live|do_epoll_ctl|pipe_lock)$/, kind: 'mutex' },
  { name: /^(__)?cpuhp_kick_ap(_work)?$|^wait_for_ap_thread$/, kind: 'completion' },
  {
    name: /^(work_on_cpu\w*|stop_one_cpu|stop_two_cpus|affine_move_task|devtmpfs_submit_req)$/,
    kind: 'completion',
  },
  { name: /^(freeze_super|sb_wait_write)$/, kind: 'percpu_rwsem', mode: 'write' },
  {
    name: /^(__)?(sb_start_write|mnt_want_write(_file)?)$|^(file_start_write|vfs_write|do_iter_write|vfs_iter_write)$/,
    kind: 'percpu_rwsem',
    mode: 'read',
  },
  {
    name: /^(do_user_addr_fault|lock_mm_and_find_vma|__get_user_pages_locked)$/,
    kind: 'rwsem',
    mode: 'read',
  },
  {
    name: /^(vm_mmap_pgoff|__vm_munmap|do_mprotect_pkey|do_madvise|__do_sys_mremap|__do_sys_brk|vm_brk_flags)$/,
    kind: 'rwsem',
    mode: 'write',
  },
];

/** @param names functions of a stack from /proc, innermost first, without offsets */
export function findSnapshotWait(names: readonly string[]): SnapshotWait {
  const { kind, mode } = findStackWait(names);
  const sleeper = kind === 'event' ? SLEEPERS.find(({ name }) => name.test(names[0] ?? '')) : undefined;
  const found = sleeper ?? { kind, mode };
  return { kind: found.kind, ...(found.mode && { mode: found.mode }) };
}
