/** How the kernel enters an interrupt, by architecture and version; what lies further in runs on top of the task. */
const INTERRUPT_ENTRY =
  /^(asm_)?(common_interrupt|sysvec_\w+)$|^(__common_interrupt|do_IRQ|ret_from_intr|handle_irq\w*|handle_edge_irq|__handle_irq\w*|(__)?irq_exit(_rcu)?|(smp_)?apic_timer_interrupt|el1_irq|el1h_64_irq(_handler)?|el1_interrupt|gic_handle_irq|generic_handle_irq|generic_handle_domain_irq)$/;

/** Whether a stack shows that an interrupt came in on top of the task. */
export function isInInterrupt(functions: readonly string[]): boolean {
  return findInterruptedFrame(functions) >= 0;
}

/** Position behind the outermost entry of an interrupt, where the interrupted code begins; -1 = no interrupt is seen. */
export function findInterruptedFrame(functions: readonly string[]): number {
  const last = functions.findLastIndex((name) => INTERRUPT_ENTRY.test(name));
  return last < 0 ? -1 : last + 1;
}
