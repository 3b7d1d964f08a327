/** One line of a kernel log, without what carried it here. */
export interface LogLine {
  readonly text: string;
  /** The line's stamp, ns by the kernel's clock. */
  readonly tsNs?: number;
  /** Who printed it, where the kernel says: `T123` a task, `C0` a CPU in an interrupt. */
  readonly caller?: string;
  /** From 1. */
  readonly number: number;
}
