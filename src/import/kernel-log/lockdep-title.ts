import type { Banner, Part } from './lockdep-banner.ts';
import { readableName } from './lockdep-lock.ts';
import type { LockdepReport } from './lockdep-report.ts';

/** Functions that stand in many a stack and never are what a report is about. */
const GENERAL = new RegExp(
  [
    // how a report is printed
    '^_*(?:dump_stack|show_stack|dump_backtrace|unwind_backtrace|walk_stackframe|panic|warn|report_bug|fixup_bug|handle_bug|bug_handler)',
    '^_*(?:do_error_trap|do_invalid_op|invalid_op|(?:asm_)?exc_invalid_op|do_trap|brk_handler|do_debug_exception|el1_)',
    '^_*(?:print_|spin_bug|spin_dump|rwlock_bug|check_preemption|debug_smp_processor_id|this_cpu_preempt_check)',
    // the checkers themselves
    'lockdep|^_*dept_|^_*(?:lock_(?:acquire|release|acquired|is_held)|check_(?:prev|noncircular|deadlock|usage|irq|path|wait)|validate_chain)',
    '^_*(?:mark_lock|mark_held|register_lock_class|reacquire_held|find_held|trace_(?:hard|soft)irqs|(?:trace_)?perf_trace_|trace_event_)',
    '^_*(?:debug_(?:object|check_no|mutex|spin|rt_mutex)|might_(?:sleep|fault|resched)|rcu_lock|rcu_read_(?:un)?lock|kasan|kmsan|kcsan)',
    // locks of every kind, and what only takes or drops one
    '(?:spin|rwsem|rwlock|mutex|seq)_(?:try|un)?lock|^_*(?:do_raw_|raw_|queued_|mmap_|local_|rcu_)?(?:read|write)_(?:try|un)?lock',
    '^_*(?:down|up)(?:_|$)|^_*(?:cpus_read_|get_online_cpus|put_online_cpus|percpu_(?:down|up)|sb_(?:start|end)|bh_lock|osq_|queued_|local_bh_)',
    '^_*(?:lock_sock|release_sock|task_rq_lock|raw_spin_rq)|^_*(?:atomic|atomic64|refcount|kref)_|^_*iput$|^_*(?:list|hlist|llist)_(?:add|del)|^_*wake_up$',
    // waiting for, or handing over to, somebody else
    '^_*(?:flush|cancel|drain|destroy|queue)_(?:work|delayed|workqueue|rcu_work)|^_*synchronize_(?:rcu|srcu|sched|net)$|^_*rcu_barrier|^_*wait_(?:for_completion|rcu)',
    '^_*(?:schedule|preempt_schedule|wait_event|prepare_to_wait|finish_wait|(?:try_to_)?del_timer|timer_delete|(?:add|mod)_timer)|^_*(?:bit_wait|wait_on_(?:bit|page)|folio_(?:wait|lock)|lock_page)',
    // memory and copies
    '^_*(?:kmem_cache|k[mzcv]?v?[mzc]?alloc|kmalloc|kfree|kvfree|vmalloc|vzalloc|slab_alloc|slab_free|alloc_pages|get_free_pages|get_zeroed|pcpu_alloc|alloc_percpu)',
    '^_*(?:copy_(?:to|from)_user|get_user|put_user|clear_user|mem(?:cpy|set|move)|str(?:cpy|len|cmp|ncpy))',
  ].join('|'),
);

/** The function that a report is about: the first that does more than what every other report has in it, too. */
export function findSubject(report: LockdepReport): string | undefined {
  const parts = report.banner.about.map((part) => namesOf(report, part).map(readableName));
  return findTelling(parts.flat()) ?? (report.banner.about[0] === 'backtrace' ? undefined : parts[0]?.[0]);
}

/** The first function that is not in the stack of just anything. */
export function findTelling(names: readonly string[]): string | undefined {
  return names.find((name) => !GENERAL.test(name));
}

/** In the words of the kernel's testers: `possible deadlock in FUNCTION`. */
export function titleOf({ title }: Banner, subject: string | undefined): string {
  return subject === undefined ? title : `${title} in ${subject}`;
}

function namesOf(report: LockdepReport, part: Part): string[] {
  const places = { wanted: report.wanted, holding: report.holding, locks: report.locks.slice(0, 1) };
  if (part === 'safe' || part === 'backtrace') {
    return (part === 'safe' ? report.safeStack : report.backtrace).names;
  }
  return places[part].map(({ at }) => at).filter((at) => at !== undefined);
}
