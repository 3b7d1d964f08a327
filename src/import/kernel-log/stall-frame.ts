/**
 * Functions that call whatever is registered with them: handlers of timers, work, packets, file and socket operations,
 * system calls. What a stalled CPU was about is the function that one of these called; where it happened to be is chance.
 */
const DISPATCHERS: readonly RegExp[] = [
  /^(call_timer_fn|expire_timers|__run_hrtimer|process_one_work|tasklet_action\w*|irq_work_run\w*|kthread|run_ksoftirqd)$/,
  /^(__netif_receive_skb\w*|netif_receive_skb_\w*|deliver_skb|process_backlog|scheduler_ipi)$/,
  /_compat_ioctl$|^(__fput|____fput|vfs_ioctl|do_vfs_ioctl|__do_sys_ioctl|__[sx]\w*_(sys|compat)_ioctl|compat_sys_ioctl|ksys_ioctl|\w*compat_sys_ioctl|(compat_)?SyS_ioctl|C?_?SYSC_ioctl)$/,
  /^(__vfs_(read|write)|vfs_(read|write|writev|readv)|new_sync_(read|write)|call_(read|write)_iter|do_iter_readv_writev|mmap_region|__mmap_region|call_mmap)$/,
  /^(sock_(send|recv)msg(_nosec)?|sock_common_setsockopt|__sys_setsockopt|do_sock_setsockopt|compat_sock_common_setsockopt)$/,
  /^(rtnetlink_rcv_msg|nfnetlink_rcv_msg|netlink_dump)$/,
  /^(do_syscall_64|do_syscall_x64|do_fast_syscall_32|do_int80_syscall_32|do_syscall_32_irqs_on|__do_fast_syscall_32|invoke_syscall|el0_svc\w*|ret_fast_syscall|entry_SYSCALL\w*|entry_SYSENTER\w*|system_call_fastpath|entry_INT80\w*|syscall_trace\w*|ret_from_fork\w*)$/,
];

/** How the kernel looks at a CPU that it finds stalled: the tick that came in, and what it prints. */
const TICK =
  /^((smp_)?(trace_)?apic_timer_interrupt\w*|(asm_)?sysvec_apic_timer_interrupt|reschedule_interrupt|retint_kernel|el1h?_(64_)?irq(_handler)?|__irq_svc|irq_exit(_rcu)?|ret_from_intr|asm_call\w*)$/;

/** A CPU that waits for others to answer does so near the top of its stack. */
const CROSS_CALL_REACH = 4;

/** The function that says what a stalled CPU was about; undefined = the stack does not tell. */
export function findStallFrame(names: readonly string[]): string | undefined {
  const own = names.slice(countTick(names));
  const crossCall = own.slice(0, CROSS_CALL_REACH).find((name) => name.startsWith('smp_call_function'));
  if (crossCall !== undefined) {
    return crossCall.replace(/_(single|many|many_cond|any)(_async)?$/, '');
  }
  const dispatcher = own.findIndex(
    (name, i) => i > 0 && isDispatcher(name) && (isWork(own[i - 1]!) || i === 1),
  );
  return dispatcher > 0 ? own[dispatcher - 1] : own.find((name) => !TICK.test(name));
}

function isWork(name: string): boolean {
  return !isDispatcher(name) && !TICK.test(name);
}

/** Innermost frames that are the kernel's own look at the CPU. */
function countTick(names: readonly string[]): number {
  const looks = names.findIndex((name) =>
    /^(check_cpu_stall|rcu_\w*callbacks|rcu_sched_clock_irq|watchdog_timer_fn|update_process_times|_?sched_show_task|dump_cpu_task)$/.test(
      name,
    ),
  );
  let entry = looks < 0 ? -1 : names.findIndex((name, i) => i > looks && TICK.test(name));
  while (entry >= 0 && TICK.test(names[entry + 1] ?? '')) {
    entry++;
  }
  return entry + 1;
}

function isDispatcher(name: string): boolean {
  return DISPATCHERS.some((pattern) => pattern.test(name));
}
