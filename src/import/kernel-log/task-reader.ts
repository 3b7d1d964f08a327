import { type HungTaskLine, isCutHungTask, parseHungTask } from './hung-task-line.ts';
import type { LogLine } from './log-line.ts';
import type { ReportReader, ReportSink } from './report-sink.ts';
import { isSamePrint } from './same-print.ts';
import { parseFrame, StackCollector } from './stack-frame.ts';
import { isCutHeader, parseTaskHeader, type TaskHeader } from './task-header.ts';
import { findStackWait } from './wait-kind.ts';

type Blocked = Extract<HungTaskLine, { says: 'blocked' }>;
type Owner = Extract<HungTaskLine, { says: 'owner' }>;

/** A task whose lines are being read. */
interface OpenTask {
  readonly line: LogLine;
  readonly hung?: Blocked;
  readonly atNs: number;
  /** Stamp of the newest line taken. */
  lastNs: number | undefined;
  header?: TaskHeader;
  /** The log gave the task no number, only this name. */
  readonly name?: string;
  readonly stack: StackCollector;
  /** Its stack is over; registers of its program may follow. */
  over: boolean;
  /** A line that tells that the stack comes next. */
  traced: boolean;
  foreign: number;
}

/** One printer of lines: a task or a CPU, where the kernel tells them apart. */
interface Printer {
  open: OpenTask | undefined;
  /** The beginning of a line whose rest comes next: a name with a line feed in it. */
  cut: string | undefined;
  /** A line that looked like the name of a task whose stack comes next. */
  named: LogLine | undefined;
}

/** Printers whose lines are kept apart; more than any machine has CPUs printing at a time. */
const MAX_PRINTERS = 256;
/** Lines of others inside one task's lines, where nothing tells who printed them. */
const MAX_FOREIGN = 6;

const TRACE_START = /^\s*(Call [Tt]race:|Backtrace:|Stack:)/;
const DECORATION =
  /^\s*(Not tainted|Tainted:|"echo 0 >|Workqueue:|<\/?TASK>|<\/?IRQ>|Stopper:|Hardware name:|task\s+PC stack)|^\s*$/;
const HEX_DUMP = /^\s*(?:\[<?)?(?:0x)?[0-9a-f]{8,16}(?:>?\])?(?: +(?:0x)?[0-9a-f]{8,16})*$/;
const REGISTERS =
  /^\s*(RIP: |RSP: |R[A-D][XIP]: |R[SDB][IP]: |R[01]\d: |RAX|Code: |EIP: |EFLAGS|E[A-D]X: |DS: |Exception stack|[0-9a-f]{4}: |pstate|[xr]\d{1,2}\s*:|NIP |LR |GPR\d|---\[ |Modules linked)/;
const OTHER_REPORT =
  /^\s*(CPU: ?\d|NMI backtrace|Sending NMI|BUG: |WARNING: |INFO: |rcu: |Kernel panic|Showing |\d+ locks? held by|={20}|-{12}\[|watchdog: |sysrq: )/;
const UNKNOWN_WORDING = /^INFO: task .{1,64}:\d{1,10} /;
const SAME_STACK = /^<Same stack as pid (\d{1,10})>/;
const NAMED = /^(?:\d{1,2}[.)] )?(task ?\d{1,6}|[A-Za-z][\w./@-]{0,31}(?: ?[[(:]?\d{1,8}[\])]?)?):$/;
const END_OF_STACK = /^\s*\[<(?:f{8}|f{16})>\]/;

/**
 * Reads what the kernel says of single tasks with their stacks: hung tasks in all wordings, sysrq-w and sysrq-t, and
 * stacks in a mail under a task's name.
 */
export class TaskReader implements ReportReader {
  readonly #sink: ReportSink;
  readonly #printers = new Map<string, Printer>();
  /** Stacks of the listing in hand, since some kernels print equal ones once. */
  readonly #stacks = new Map<number, StackCollector>();
  #lastNs = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  take(line: LogLine): boolean {
    this.#lastNs = line.tsNs ?? this.#lastNs;
    const printer = this.#printerOf(line);
    const text = printer.cut === undefined ? line.text : `${printer.cut}\n${line.text}`;
    printer.cut = undefined;
    return (
      this.#takeReport(printer, line, text) || this.#takeOpen(printer, line) || this.#takeNamed(printer, line)
    );
  }

  end(): void {
    for (const printer of this.#printers.values()) {
      this.#close(printer);
    }
    this.#printers.clear();
    this.#stacks.clear();
  }

  /** A line that begins something, whatever is open. */
  #takeReport(printer: Printer, line: LogLine, text: string): boolean {
    const said = parseHungTask(text);
    if (said !== undefined) {
      this.#close(printer);
      if (said.says === 'owner') {
        this.#addOwner(said, line);
      } else {
        printer.open = this.#openTask(line, said);
      }
      return true;
    }
    const header = parseTaskHeader(text);
    if (header !== undefined) {
      this.#startTask(printer, line, header);
      return true;
    }
    if (text === line.text && (isCutHungTask(text) || isCutHeader(text))) {
      printer.cut = text;
      return true;
    }
    if ((text !== line.text && isCutHungTask(text)) || UNKNOWN_WORDING.test(text)) {
      this.#sink.countUnread(line, 'unread_report');
    }
    return false;
  }

  #startTask(printer: Printer, line: LogLine, header: TaskHeader): void {
    const { open } = printer;
    if (open?.hung !== undefined && open.header === undefined && open.hung.task.tid === header.tid) {
      open.header = header;
      return;
    }
    this.#close(printer);
    printer.open = { ...this.#openTask(line), header };
  }

  #openTask(line: LogLine, hung?: Blocked): OpenTask {
    return {
      line,
      ...(hung && { hung }),
      atNs: line.tsNs ?? this.#lastNs,
      lastNs: line.tsNs,
      stack: new StackCollector(),
      over: false,
      traced: false,
      foreign: 0,
    };
  }

  #takeOpen(printer: Printer, line: LogLine): boolean {
    const { open } = printer;
    if (open === undefined) {
      return false;
    }
    const { text } = line;
    if (!isSamePrint(open.lastNs, line)) {
      return false;
    }
    open.lastNs = line.tsNs ?? open.lastNs;
    if (TRACE_START.test(text) && !open.traced && open.stack.isEmpty) {
      open.traced = true;
      return true;
    }
    const frame = parseFrame(text);
    if (frame !== undefined && !open.over) {
      open.stack.add(frame);
      open.foreign = 0;
      return true;
    }
    return this.#takeRest(printer, open, text);
  }

  #takeRest(printer: Printer, open: OpenTask, text: string): boolean {
    const same = SAME_STACK.exec(text);
    if (same !== null) {
      copyStack(this.#stacks.get(Number(same[1])), open.stack);
      return true;
    }
    if (OTHER_REPORT.test(text) || TRACE_START.test(text)) {
      this.#close(printer);
      return false;
    }
    if (REGISTERS.test(text) || END_OF_STACK.test(text)) {
      open.over = true;
      return true;
    }
    if (DECORATION.test(text) || HEX_DUMP.test(text)) {
      open.over ||= !open.stack.isEmpty && /^\s*(<\/TASK>)?$/.test(text);
      return true;
    }
    if (++open.foreign > MAX_FOREIGN || open.over) {
      this.#close(printer);
    }
    return false;
  }

  /** `task1:` and, right below it, a stack. */
  #takeNamed(printer: Printer, line: LogLine): boolean {
    const { named } = printer;
    printer.named = NAMED.test(line.text) ? line : undefined;
    const frame = named === undefined ? undefined : parseFrame(line.text);
    if (frame === undefined) {
      return false;
    }
    printer.open = { ...this.#openTask(named!), name: NAMED.exec(named!.text)![1]! };
    printer.open.stack.add(frame);
    return true;
  }

  #addOwner({ task, kind, mode, owner, exact }: Owner, line: LogLine): void {
    const tid = this.#sink.addTask(task);
    const holder = owner === undefined ? undefined : this.#sink.addTask(owner);
    this.#sink.addWait({
      tid,
      sinceNs: line.tsNs ?? this.#lastNs,
      stack: [],
      kind,
      ...(mode && { mode }),
      ...(holder !== undefined && { holder }),
      evidence: exact && holder !== undefined ? 'owner-field' : 'unknown',
    });
  }

  #close(printer: Printer): void {
    const { open } = printer;
    printer.open = undefined;
    if (open?.hung !== undefined) {
      this.#addHung(open, open.hung);
    } else if (open !== undefined) {
      this.#addDumped(open);
    }
  }

  #addHung(open: OpenTask, { task, forNs, io, killed }: Blocked): void {
    const { header, line, atNs } = open;
    const tid = this.#sink.addTask({ ...task, ...header });
    const stack = isAsleep(open.stack) ? open.stack : new StackCollector();
    this.#remember(tid, stack);
    const found = findStackWait(stack.names);
    if (stack.isEmpty) {
      this.#sink.countUnread(line, 'cut_report');
    }
    // A task that was killed and does not die may run for ever, too.
    if (header?.state !== 'R') {
      this.#sink.addWait({
        tid,
        sinceNs: atNs - forNs,
        stack: stack.frames,
        kind: io && found.kind === 'event' ? 'io' : found.kind,
        ...(found.mode && { mode: found.mode }),
      });
    }
    this.#sink.addReport({
      kind: 'hung-task',
      forNs,
      title: `INFO: task ${killed ? "can't die" : 'hung'} in ${found.frame ?? 'an unknown function'}`,
      line: line.number,
      tid,
      name: task.name,
      ...(found.frame && { frame: found.frame }),
    });
  }

  /** A task of a listing: it need not wait at all. */
  #addDumped({ header, name, stack, line, atNs }: OpenTask): void {
    const isMail = header?.state === undefined;
    if (!isAsleep(stack) && (isMail || header.state === 'D')) {
      this.#sink.countUnread(line, 'cut_report');
      return;
    }
    const found = findStackWait(stack.names);
    if (isMail && (stack.names.length === 0 || found.kind === 'event')) {
      return;
    }
    const tid = this.#sink.addTask(header ?? { name: name! });
    this.#remember(tid, stack);
    const state = header?.state ?? 'D';
    if (state === 'D' || (state === 'S' && stack.names.length > 0 && LASTING.has(found.kind))) {
      const mode = found.mode && { mode: found.mode };
      this.#sink.addWait({ tid, sinceNs: atNs, stack: stack.frames, kind: found.kind, ...mode });
      this.#report(line, tid, header?.name ?? name!, found.frame);
    } else {
      this.#sink.endWait(tid, atNs);
    }
  }

  #report(line: LogLine, tid: number, name: string, frame: string | undefined): void {
    const title = `blocked task in ${frame ?? 'an unknown function'}`;
    this.#sink.addReport({
      kind: 'blocked-task',
      title,
      line: line.number,
      tid,
      name,
      ...(frame && { frame }),
    });
  }

  #remember(tid: number, stack: StackCollector): void {
    if (this.#stacks.size >= MAX_STACKS) {
      this.#stacks.clear();
    }
    this.#stacks.set(tid, stack);
  }

  #printerOf({ caller = '' }: LogLine): Printer {
    let printer = this.#printers.get(caller);
    if (printer === undefined) {
      this.#makeRoom();
      printer = { open: undefined, cut: undefined, named: undefined };
      this.#printers.set(caller, printer);
    }
    return printer;
  }

  #makeRoom(): void {
    if (this.#printers.size >= MAX_PRINTERS) {
      const [caller, printer] = this.#printers.entries().next().value!;
      this.#close(printer);
      this.#printers.delete(caller);
    }
  }
}

const MAX_STACKS = 4096;
/** A signal can end these waits, and yet a task that nobody signals can be in them for ever. */
const LASTING = new Set([
  'mutex',
  'rwsem',
  'percpu_rwsem',
  'folio_lock',
  'folio_writeback',
  'transaction',
  'fuse_request',
  'file_lock',
]);

/** A task that sleeps is inside the scheduler; a stack that begins elsewhere was printed by another in between. */
function isAsleep({ names, isMixed }: StackCollector): boolean {
  return !isMixed && (names.length === 0 || findStackWait(names.slice(0, 1)).depth > 0);
}

function copyStack(from: StackCollector | undefined, to: StackCollector): void {
  for (const text of from?.frames ?? []) {
    const frame = parseFrame(text);
    if (frame !== undefined) {
      to.add(frame);
    }
  }
}
