import type { Mode } from '../../trace/index.ts';

/** What a blocked stack says of the wait by itself. */
export interface StackWait {
  /** A kind of resource; `event` = woken by something that the stack does not name. */
  readonly kind: string;
  readonly mode?: Mode;
  /** The function that says where it hangs: the innermost that is no scheduler and no general means of waiting. */
  readonly frame: string | undefined;
  /** Position of that frame. */
  readonly depth: number;
}

/** Functions that only bring a task to sleep, or in which it waits whatever for: they name no place in the kernel. */
const GENERAL: readonly RegExp[] = [
  /^_*(context_switch|switch_to|schedule)(_|$)/,
  /^(io_schedule|preempt_schedule|do_nanosleep|msleep|usleep_range|bit_wait|wait_on_bit|out_of_line_wait_on)/,
  /^_*(mutex_lock|ww_mutex_lock|rt_mutex_\w*lock|rtlock|rt_spin_lock|rwbase_|raw_spin_|raw_read_|raw_write_)/,
  /^(rt_mutex_schedule|task_blocks_on_rt_mutex|do_raw_|(native_)?queued_|pv_queued_|__pv_queued_)/,
  /^_*(down|down_\w+|rwsem_\w+|rt_down\w*)$/,
  /^(call_rwsem_|ldsem_down|__ldsem_down|ldsem_\w*slowpath)/,
  /^_*percpu_(down|rwsem)/,
  /^_*lock_(page|buffer)(_\w+)?$|^_*folio_lock(_\w+)?$|^_*lock_page_or_retry$/,
  /^_*(folio_wait|wait_on_page|wait_for_stable_page|folio_put_wait)/,
  /^(do_)?_*wait_(for_common|for_completion|event|woken|on_buffer|rcu_gp|on_freeing_inode)/,
  /^_*wait_for_common(_io)?$|^prepare_to_wait|^finish_wait|^completion_/,
  /^_*(flush_work|flush_workqueue|flush_delayed_work|flush_scheduled_work|drain_workqueue|destroy_workqueue)/,
  /^_*(cancel_work_sync|cancel_delayed_work|cancel_work_timer|cancel_work)/,
  /^start_flush_work$|^wait_for_completion|^kthread_(park|stop|flush)|^kthread$/,
  /^sched_/,
  /(^|_)waits?(_|$)|^rcu_barrier|^__lock_sock$|^exp_funnel_lock$/,
  /^usb_(control|bulk|interrupt)_msg$/,
];

interface KindPattern {
  readonly name: RegExp;
  readonly kind: string;
  readonly mode?: Mode;
}

/** Built from other means of waiting, in old kernels from an rwsem: what is further out counts. */
const COMPOUND: readonly KindPattern[] = [
  { name: /^_*percpu_down_read|^(get_online_cpus|cpus_read_lock)$/, kind: 'percpu_rwsem', mode: 'read' },
  { name: /^_*percpu_down_write|^(cpu_hotplug_begin|cpus_write_lock)$/, kind: 'percpu_rwsem', mode: 'write' },
];
/** Asked of each frame from the innermost outwards; the first answer counts. */
const KINDS: readonly KindPattern[] = [
  { name: /^_*(mutex_lock|ww_mutex_lock|rt_mutex_\w*lock)/, kind: 'mutex' },
  { name: /^rwsem_down_read|^call_rwsem_down_read|^_*down_read|^rwbase_read/, kind: 'rwsem', mode: 'read' },
  {
    name: /^_*rwsem_down_write|^call_rwsem_down_write|^_*down_write|^rwbase_write/,
    kind: 'rwsem',
    mode: 'write',
  },
  { name: /^_*ldsem_down_read/, kind: 'ldsem', mode: 'read' },
  { name: /^_*ldsem_down_write/, kind: 'ldsem', mode: 'write' },
  { name: /^_*down(_interruptible|_killable|_timeout|_common)?$/, kind: 'semaphore' },
  { name: /^_*(folio_lock|lock_page)(_\w+)?$|^folio_wait_locked|^wait_on_page_locked/, kind: 'folio_lock' },
  {
    name: /^folio_wait_writeback|^wait_on_page_writeback|^folio_wait_stable|^wait_for_stable_page/,
    kind: 'folio_writeback',
  },
  {
    name: /^(shrink_(folio|page)_list|__filemap_fdatawait|filemap_fdatawait|truncate_inode_)/,
    kind: 'folio_writeback',
  },
  {
    name: /^(wait_current_trans|btrfs_wait_for_commit|btrfs_commit_transaction|wait_for_commit)/,
    kind: 'transaction',
  },
  {
    name: /^(wait_transaction_locked|add_transaction_credits|start_this_handle|_*jbd2_log_wait_commit)/,
    kind: 'transaction',
  },
  { name: /^(_*fuse_request_send|request_wait_answer|fuse_simple_request)/, kind: 'fuse_request' },
  {
    name: /^(_*native_queued_spin_lock|queued_(spin|read|write)_lock|do_raw_(spin|read|write)_lock)/,
    kind: 'spinlock',
  },
  { name: /^_raw_(spin|read|write)_lock/, kind: 'spinlock' },
  {
    name: /^_*synchronize_(rcu|srcu|sched|net)|^_*wait_rcu_gp|^rcu_barrier|^synchronize_rcu_/,
    kind: 'grace_period',
  },
  {
    name: /^(wait_on_buffer|__wait_on_buffer|__lock_buffer|submit_bio_wait|blk_execute_rq|blk_mq_get_tag|rq_qos_wait|wbt_wait|blk_mq_freeze_queue_wait|bio_await)/,
    kind: 'io',
  },
  {
    name: /^(balance_dirty_pages|throttle_direct_reclaim|reclaim_throttle|congestion_wait)/,
    kind: 'reclaim',
  },
  {
    name: /^(locks_lock_inode_wait|flock_lock_inode_wait|posix_lock_inode_wait|fcntl_setlk|do_lock_file_wait)/,
    kind: 'file_lock',
  },
  { name: /^_*wait_for_completion|^_*wait_for_common|^_*flush_work|^do_wait_for_common/, kind: 'completion' },
];
/** These sleep as for I/O, and what they wait for their callers say; without an answer it is a device. */
const IO_SLEEP = /^(io_schedule|bit_wait_io|io_schedule_timeout)$/;
/** What every wait for a page's bit sleeps in. `folio_lock` ends in a jump to it, and then is not on the stack. */
const PAGE_BIT_WAIT = /^(folio_wait_bit_common|wait_on_page_bit_common)$/;
/** Functions that wait for a page's writeback through one that stays on the stack, and for its lock by such a jump. */
const PAGE_LOCKERS =
  /^(mpage_prepare_extent_to_map|write_cache_pages|writeback_iter|extent_write_cache_pages|lock_delalloc_(pages|folios)|__process_(pages|folios)_contig|truncate_inode_pages_range|invalidate_inode_pages2_range|migrate_pages\w*|unmap_and_move)$/;
/** Frames that a kind may be found in, beyond the general ones: what waits is near the top of a stack. */
const KIND_REACH = 3;

/** @param names functions of the stack, innermost first, without offsets */
export function findStackWait(names: readonly string[]): StackWait {
  let depth = 0;
  while (depth < names.length && isGeneral(names[depth]!)) {
    depth++;
  }
  const frame = names[depth];
  const found =
    findKind(names.slice(0, depth + 1), COMPOUND) ?? findKind(names.slice(0, depth + KIND_REACH), KINDS);
  if (found !== undefined) {
    return { kind: found.kind, ...(found.mode && { mode: found.mode }), frame, depth };
  }
  if (PAGE_BIT_WAIT.test(names[depth - 1] ?? '') && PAGE_LOCKERS.test(frame ?? '')) {
    return { kind: 'folio_lock', frame, depth };
  }
  const kind = names.slice(0, depth).some((name) => IO_SLEEP.test(name)) ? 'io' : 'event';
  return { kind, frame, depth };
}

function findKind(names: readonly string[], kinds: readonly KindPattern[]): KindPattern | undefined {
  for (const name of names) {
    const found = kinds.find((pattern) => pattern.name.test(name));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function isGeneral(name: string): boolean {
  return GENERAL.some((pattern) => pattern.test(name));
}
