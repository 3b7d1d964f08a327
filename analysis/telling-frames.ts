/** How one enters the scheduler: below the function that decided to wait, and the same under every wait. */
const SCHEDULER = new Set([
  '__schedule',
  'schedule',
  'io_schedule',
  'schedule_timeout',
  'schedule_preempt_disabled',
  'schedule_hrtimeout_range_clock',
  'bit_wait',
  'bit_wait_io',
  '__wait_on_bit',
  '__wait_on_bit_lock',
  'folio_wait_bit_common',
  'wait_on_page_bit_common',
  '__switch_to',
]);

/** How a task came into the kernel or into being: the same above every system call, fault or worker. */
const ENTRY =
  /^(asm_|exc_|entry_SYSCALL|do_syscall|syscall_exit|x64_sys_call|ret_from_fork|kthread$|worker_thread$|process_one_work$|do_user_addr_fault$|__do_page_fault$|do_page_fault$|page_fault$|0xffffffffffffffff$)/;

export function isEntry(name: string): boolean {
  return ENTRY.test(name);
}

/**
 * Where the frames are that tell what a task was doing: from the function that decided to wait to the system call, fault
 * or work that led there. At least one frame of a stack that has any.
 *
 * @param names functions, innermost first
 */
export function tellingRange(names: readonly string[]): readonly [from: number, to: number] {
  let from = 0;
  while (from < names.length - 1 && SCHEDULER.has(names[from]!)) {
    from++;
  }
  let to = names.length;
  while (to > from + 1 && isEntry(names[to - 1]!)) {
    to--;
  }
  return [from, to];
}
