import type { Evidence, Mode } from '../../trace/index.ts';
import type { LogLine } from './log-line.ts';

/**
 * Reads one kind of report, line by line. A reader keeps no more than the report it is in, and takes a line that it
 * cannot use for the end of that report.
 */
export interface ReportReader {
  /** true: the line is part of a report of mine, and no other reader need see it. */
  take(line: LogLine): boolean;
  /** The log is over, or goes on with another boot: what is open is cut. */
  end(): void;
}

/** Where readers put what they have read. */
export interface ReportSink {
  /** The task's tid: its own, or a negative one of its own for a task that the log only names. */
  addTask(task: LoggedTask): number;
  /** A wait that lasts until the log says otherwise; the same wait reported again is one wait. */
  addWait(wait: LoggedWait): void;
  addHold(hold: LoggedHold): void;
  /** The task was seen running, or waiting for nothing that could keep it for ever. */
  endWait(tid: number, atNs: number): void;
  /** Every task's locks are about to be listed: what was listed before no longer counts. */
  startLockList(): void;
  /** The locks that lockdep has for a task, in the order it asked for them. */
  setHeldLocks(held: HeldLocks): void;
  addLockOrder(order: LoggedLockOrder): void;
  /** Says that a report was read, for the list of them that a trace carries. */
  addReport(report: LoggedReport): void;
  /** Counts a line, or a report that begins there, which looks like one and cannot be read. */
  countUnread(line: LogLine, why: UnreadReason): void;
}

/** `cut_report`: it begins and does not end as it should; `unread_report`: its form is not known. */
export type UnreadReason = 'cut_report' | 'unread_report';

export interface LoggedTask {
  readonly name: string;
  readonly tid?: number;
  /** Thread group. */
  readonly pid?: number;
}

export interface LoggedWait {
  readonly tid: number;
  /** When it began, ns by the log's clock; where that is not known, when it was reported. */
  readonly sinceNs: number;
  /** Innermost first, without unreliable frames. */
  readonly stack: readonly string[];
  /** Where the log tells; else it is taken from the stack. */
  readonly kind?: string;
  /** The lock's address or, of a lock that there is one of, its name; undefined = some lock of its kind. */
  readonly resource?: string;
  readonly label?: string;
  readonly mode?: Mode;
  readonly holder?: number;
  readonly evidence?: Evidence;
}

export interface LoggedHold {
  readonly tid: number;
  readonly kind: string;
  readonly resource: string;
  readonly label?: string;
  readonly mode?: Mode;
  readonly sinceNs: number;
  readonly stack: readonly string[];
}

export interface HeldLocks {
  readonly tid: number;
  readonly atNs: number;
  /** The last one it may still be waiting for: lockdep writes a lock down before it is had. */
  readonly locks: readonly ListedLock[];
  /** Part of a listing of all tasks; otherwise of a report about this task alone, which may have been running. */
  readonly isListing: boolean;
}

export interface ListedLock {
  /** As lockdep names the class: `&sb->s_type->i_mutex_key#3`, `rtnl_mutex`; empty for what is no lock. */
  readonly className: string;
  /** Address of the lock, plain or hashed; old kernels do not print it. */
  readonly address?: string;
  /** The function that asked for it. */
  readonly at: string;
  /** Is it a lock that tasks sleep for? undefined = the kernel does not say. */
  readonly sleeping?: boolean;
}

/** What one of the kernel's lock checkers reported, as the attachment `lock-orders` has it (FORMAT.md). */
export interface LoggedLockOrder {
  readonly source: 'lockdep' | 'dept';
  /** `circular`, `recursive`, `inconsistent-state`, …: what kind of report it is. */
  readonly report: string;
  readonly title: string;
  /** In the order of the circle: a link leads from each to the next, the last one's to the first. */
  readonly classes: readonly string[];
  readonly links: readonly LoggedLink[];
  /** Who was reported. */
  readonly task?: number;
  readonly taskName?: string;
  /** The locks that it held then. */
  readonly locks?: readonly { readonly name: string; readonly at?: string }[];
  /** The table of an unsafe scenario, line by line: `CPU1: lock(&b);`. */
  readonly scenario?: readonly string[];
  /** The states that do not fit: `{SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W}`. */
  readonly usage?: string;
  readonly line: number;
  readonly cut?: true;
}

export interface LoggedLink {
  readonly held: string;
  readonly wanted: string;
  /** Where it was wanted, innermost first. */
  readonly stack: readonly string[];
  /** Where what is held was taken, as far as the report tells. */
  readonly heldStack?: readonly string[];
  /** Where it would have been let go, and is not reached. */
  readonly releaseStack?: readonly string[];
  /** Only the task that was reported is known; the other links are from earlier, from anyone. */
  readonly task?: number;
}

/** One report of the log, as it is listed in the attachment `log-reports`. */
export interface LoggedReport {
  readonly kind: string;
  /** Of a hung task: for how long, at least, ns. */
  readonly forNs?: number;
  /** In the words the kernel's own testers use: `INFO: task hung in FUNCTION`. */
  readonly title: string;
  readonly line: number;
  readonly tid?: number;
  readonly name?: string;
  /** The function that says where it hangs: the innermost that is no scheduler and no general means of waiting. */
  readonly frame?: string;
}
