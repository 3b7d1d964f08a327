import {
  type CaptureInfo,
  EVIDENCES,
  EventCode,
  MODES,
  type Trace,
  TraceBuilder,
} from '../../trace/index.ts';
import { resolveLocks } from './lock-holders.ts';
import type { LogLine } from './log-line.ts';
import type {
  HeldLocks,
  LoggedHold,
  LoggedLockOrder,
  LoggedReport,
  LoggedTask,
  LoggedWait,
  ReportSink,
  UnreadReason,
} from './report-sink.ts';
import { plainName } from './stack-frame.ts';
import { findStackWait } from './wait-kind.ts';

/** Entries of the lists kept as attachments; what is beyond is counted. */
const MAX_LISTED = 10_000;
/** Each has stacks of several tasks. */
const MAX_ORDERS = 1000;
/** Tasks of one boot: far more than are ever reported, few enough for any memory. */
const MAX_TASKS = 1_000_000;

interface Fault {
  readonly line: number;
  readonly why: string;
  readonly text: string;
}

/** What the log says of one run of the kernel. */
class BootState {
  readonly tasks = new Map<number, LoggedTask>();
  readonly namesToTid = new Map<string, number>();
  readonly waits = new Map<number, LoggedWait>();
  readonly holds: LoggedHold[] = [];
  readonly lists = new Map<number, HeldLocks>();
  endNs = 0;

  get isEmpty(): boolean {
    return this.waits.size === 0 && this.holds.length === 0;
  }
}

/** Collects what the readers find and makes a trace of it: waits that are open at the end of the log, and who has what. */
export class LogTrace implements ReportSink {
  #boot = new BootState();
  /** The last run before this one that had anything to report. */
  #before: BootState | undefined;
  #droppedBoots = 0;
  readonly #orders: LoggedLockOrder[] = [];
  readonly #reports: LoggedReport[] = [];
  readonly #faults: Fault[] = [];
  #hungTaskNs: number | undefined;
  readonly #lost = new Map<string, number>();

  /** The newest stamp of this run, ns. */
  get endNs(): number {
    return this.#boot.endNs;
  }

  sawTime(tsNs: number): void {
    this.#boot.endNs = Math.max(this.#boot.endNs, tsNs);
  }

  /** The kernel was started again: what waited before waits no more, and the numbers of tasks mean others. */
  startBoot(): void {
    if (!this.#boot.isEmpty) {
      this.#droppedBoots += this.#before === undefined ? 0 : 1;
      this.#before = this.#boot;
    }
    this.#boot = new BootState();
  }

  addTask({ tid, name, pid }: LoggedTask): number {
    const { tasks, namesToTid } = this.#boot;
    const number = tid ?? namesToTid.get(name) ?? -1 - namesToTid.size;
    if (tid === undefined) {
      namesToTid.set(name, number);
    }
    const known = tasks.get(number);
    if (known !== undefined || tasks.size < MAX_TASKS) {
      tasks.set(number, { tid: number, name, pid: pid ?? known?.pid });
    }
    return number;
  }

  addWait(wait: LoggedWait): void {
    const { waits, tasks } = this.#boot;
    const known = waits.get(wait.tid);
    if (tasks.has(wait.tid)) {
      waits.set(wait.tid, known === undefined ? withKind(wait) : mergeWaits(known, wait));
    }
  }

  endWait(tid: number, _atNs: number): void {
    this.#boot.waits.delete(tid);
  }

  addHold(hold: LoggedHold): void {
    if (this.#boot.holds.length < MAX_TASKS) {
      this.#boot.holds.push(hold);
    }
  }

  startLockList(): void {
    this.#boot.lists.clear();
  }

  setHeldLocks(held: HeldLocks): void {
    if (held.isListing || this.#boot.waits.has(held.tid)) {
      this.#boot.lists.set(held.tid, held);
    }
  }

  addLockOrder(order: LoggedLockOrder): void {
    this.#push(this.#orders, order, 'lock_order', MAX_ORDERS);
  }

  addReport(report: LoggedReport): void {
    if (report.forNs !== undefined) {
      this.#hungTaskNs = Math.min(this.#hungTaskNs ?? report.forNs, report.forNs);
    }
    this.#push(this.#reports, report, 'report_list');
  }

  countUnread(line: LogLine, why: UnreadReason): void {
    this.countLoss(why);
    this.#push(this.#faults, { line: line.number, why, text: line.text.slice(0, 200) }, undefined);
  }

  countLoss(reason: string): void {
    this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + 1);
  }

  /** @param info what the log says of the machine */
  finish(info: CaptureInfo): Trace {
    const boot = this.#boot.isEmpty ? (this.#before ?? this.#boot) : this.#boot;
    if (boot === this.#boot && this.#before !== undefined) {
      this.#droppedBoots++;
    }
    const builder = new TraceBuilder();
    const shiftNs = addEvents(builder, boot);
    this.#addLosses(builder, boot.endNs + shiftNs);
    this.#addAttachments(builder);
    const hung = this.#hungTaskNs === undefined ? {} : { hungTaskNs: this.#hungTaskNs };
    return builder.finish({ ...info, ...hung, endNs: boot.endNs + shiftNs });
  }

  #addLosses(builder: TraceBuilder, tsNs: number): void {
    if (this.#droppedBoots > 0) {
      builder.addLoss({ tsNs, count: this.#droppedBoots, reason: 'earlier_boot' });
    }
    for (const [reason, count] of this.#lost) {
      builder.addLoss({ tsNs, count, reason });
    }
  }

  #addAttachments(builder: TraceBuilder): void {
    const attach = (name: string, list: string, entries: readonly unknown[]) => {
      if (entries.length > 0) {
        builder.addAttachment({
          name,
          text: JSON.stringify({ schema: `holdwait.${name}/1`, [list]: entries }),
        });
      }
    };
    attach('lock-orders', 'orders', this.#orders);
    attach('log-reports', 'reports', this.#reports);
    attach('log-faults', 'faults', this.#faults);
  }

  #push<T>(list: T[], entry: T, reason: string | undefined, most = MAX_LISTED): void {
    if (list.length < most) {
      list.push(entry);
    } else if (reason !== undefined) {
      this.countLoss(reason);
    }
  }
}

function withKind(wait: LoggedWait): LoggedWait {
  return wait.kind === undefined ? { ...wait, kind: findStackWait(wait.stack.map(nameOf)).kind } : wait;
}

/** The same wait seen again, or what the task has gone on to wait for. */
function mergeWaits(known: LoggedWait, seen: LoggedWait): LoggedWait {
  if (seen.stack.length === 0 || known.stack.length === 0) {
    return completeWait(known, seen);
  }
  const isSame = known.stack.map(nameOf).join() === seen.stack.map(nameOf).join();
  return isSame
    ? { ...known, ...withKind(seen), sinceNs: Math.min(known.sinceNs, seen.sinceNs) }
    : withKind(seen);
}

/** One of the two is a line without a stack: it names the owner, or is all that is left of a report. */
function completeWait(known: LoggedWait, seen: LoggedWait): LoggedWait {
  const [told, bare] = seen.stack.length === 0 ? [known, seen] : [withKind(seen), known];
  const { kind, mode, holder, evidence } = bare;
  return {
    ...told,
    sinceNs: Math.min(known.sinceNs, seen.sinceNs),
    ...(holder === undefined && evidence === undefined
      ? {}
      : { kind, mode: mode ?? told.mode, holder, evidence }),
  };
}

function nameOf(frame: string): string {
  return plainName(frame.replace(/[+ ].*$/s, ''));
}

/** A lock that nothing tells from others of its kind is its waiter's own; see FORMAT.md. */
function resourceOf({ resource, tid }: LoggedWait, { name }: LoggedTask): string {
  return resource ?? `?${tid < 0 ? name : tid}`;
}

/** @returns what was added to all times, since a log without stamps would begin before its own beginning */
function addEvents(builder: TraceBuilder, { tasks, waits, holds, lists }: BootState): number {
  const resolved = resolveLocks(waits, lists.values());
  const all = Array.from(waits, ([tid, wait]) => resolved.waits.get(tid) ?? wait);
  const allHolds = [...holds, ...resolved.holds];
  const firstNs = [...all, ...allHolds].reduce((least, { sinceNs }) => Math.min(least, sinceNs), 0);
  const shiftNs = -firstNs;
  for (const { tid, name, pid } of tasks.values()) {
    builder.setTask(tid!, pid, name, 0);
  }
  for (const hold of allHolds) {
    const resource = builder.resources.intern(hold.kind, hold.resource);
    label(builder, resource, hold.label);
    builder.addEvent({
      type: EventCode.holdBegin,
      tsNs: hold.sinceNs + shiftNs,
      tid: hold.tid,
      resource,
      stack: builder.stacks.intern(hold.stack),
      ...(hold.mode && { mode: MODES.indexOf(hold.mode) }),
    });
  }
  for (const wait of all) {
    addWaitEvent(builder, wait, tasks.get(wait.tid)!, shiftNs);
  }
  return shiftNs;
}

function addWaitEvent(builder: TraceBuilder, wait: LoggedWait, task: LoggedTask, shiftNs: number): void {
  const resource = builder.resources.intern(wait.kind!, resourceOf(wait, task));
  label(builder, resource, wait.label);
  builder.addEvent({
    type: EventCode.waitBegin,
    tsNs: wait.sinceNs + shiftNs,
    tid: wait.tid,
    resource,
    stack: builder.stacks.intern(wait.stack),
    ...(wait.mode && { mode: MODES.indexOf(wait.mode) }),
    ...(wait.holder !== undefined && { holderTid: wait.holder }),
    ...(wait.evidence && { evidence: EVIDENCES.indexOf(wait.evidence) }),
  });
}

function label(builder: TraceBuilder, resource: number, text: string | undefined): void {
  if (text !== undefined) {
    builder.resources.setLabel(resource, text);
  }
}
