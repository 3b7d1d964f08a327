import type { LogLine } from './log-line.ts';
import type { ReportReader, ReportSink } from './report-sink.ts';
import { parseFrame, StackCollector } from './stack-frame.ts';
import { findStallFrame } from './stall-frame.ts';
import { findStackWait } from './wait-kind.ts';

/** A CPU that does not get on, whose task and stack are being read. */
interface OpenStall {
  readonly line: LogLine;
  readonly kind: 'soft-lockup' | 'rcu-stall';
  readonly atNs: number;
  /** How long it has lasted, at least. */
  readonly forNs: number;
  task: { readonly name: string; readonly tid: number } | undefined;
  stack: StackCollector;
  /** The interrupted function was seen: what comes now is what the CPU was doing, not how the kernel looked. */
  interrupted: boolean;
  lines: number;
}

const SOFT_LOCKUP = /BUG: soft lockup - CPU#\d{1,5} stuck for (\d{1,7})s! \[(.{0,64}):(\d{1,10})\]/;
const RCU_STALL = /INFO: (rcu_\w{1,32}) (?:self-)?detected (?:expedited )?stalls? on/;
/** Jiffies are at most a thousand to the second, so this is the least it can have lasted. */
const JIFFIES = /\bt=(\d{1,9}) jiffies/;
const CPU_TASK =
  /\bCPU: ?\d{1,5} (?:UID: ?\d{1,10} )?PID: ?(\d{1,10}) Comm: (.{1,64}?) (?:Not tainted|Tainted:|Kdump:|\()/;
const COUNTER = /^\s*(?:RIP: 0010:|RIP: e030:|pc : |PC is at |NIP \[[0-9a-f]+\] )(\S{1,300}.*)$/;
const PANIC = /^\s*Kernel panic - not syncing: (hung_task: blocked tasks|softlockup: hung tasks|RCU Stall)/;
const END = /^\s*(Kernel panic|INFO: task |Showing all locks|={20})/;
/** Where one part of a stack begins: an interrupt's, what it interrupted. */
const SECTION = /^\s*<\/?(?:IRQ|EOI|NMI|SOFTIRQ|TASK|#\w{1,8})>\s*/;
/** A CPU that only passes through a lock is not seen in here. */
const SPIN = /^_*(native_)?(pv_)?queued_(spin|read|write)_lock_slowpath$|^do_raw_(spin|read|write)_lock$/;
const SPIN_REACH = 3;
/** No stall report of one CPU is longer. */
const MAX_LINES = 400;
const PANIC_KINDS: Readonly<Record<string, string>> = {
  h: 'hung-task-panic',
  s: 'soft-lockup-panic',
  R: 'rcu-stall-panic',
};

/**
 * Reads CPUs that do not get on: soft lockups and RCU stalls, and the panics that stand for them. Such a task runs, so
 * it waits for nothing, unless its stack shows that it spins for a lock.
 */
export class StallReader implements ReportReader {
  readonly #sink: ReportSink;
  #open: OpenStall | undefined;
  #lastNs = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  take(line: LogLine): boolean {
    this.#lastNs = line.tsNs ?? this.#lastNs;
    return this.#takeStart(line) || (this.#open !== undefined && this.#takeOpen(this.#open, line));
  }

  end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      this.#add(open);
    }
  }

  #takeStart(line: LogLine): boolean {
    const { text } = line;
    const panic = PANIC.exec(text);
    if (panic !== null) {
      this.end();
      const title = `kernel panic: ${panic[1]}`;
      this.#sink.addReport({ kind: PANIC_KINDS[panic[1]![0]!]!, title, line: line.number });
      return true;
    }
    const lockup = SOFT_LOCKUP.exec(text);
    if (lockup !== null) {
      const [, seconds, name, tid] = lockup;
      this.#start(line, 'soft-lockup', Number(seconds) * 1e9, { name: name!, tid: Number(tid) });
      return true;
    }
    if (RCU_STALL.test(text)) {
      this.#start(line, 'rcu-stall', 0, undefined);
      return true;
    }
    return false;
  }

  #start(line: LogLine, kind: OpenStall['kind'], forNs: number, task: OpenStall['task']): void {
    this.end();
    const atNs = line.tsNs ?? this.#lastNs;
    const stack = new StackCollector();
    this.#open = {
      line,
      kind,
      atNs,
      forNs: leastNs(line.text) ?? forNs,
      task,
      stack,
      interrupted: false,
      lines: 0,
    };
  }

  #takeOpen(open: OpenStall, line: LogLine): boolean {
    const text = line.text.replace(SECTION, '');
    if (END.test(text) || ++open.lines > MAX_LINES) {
      this.end();
      return false;
    }
    const forNs = leastNs(text);
    if (forNs !== undefined) {
      this.#open = { ...open, forNs };
      return true;
    }
    return this.#takeTask(open, text) || this.#takeFrame(open, text);
  }

  #takeTask(open: OpenStall, text: string): boolean {
    const found = CPU_TASK.exec(text);
    if (found === null) {
      return false;
    }
    if (open.task !== undefined && open.task.tid !== Number(found[1]) && !open.stack.isEmpty) {
      this.end();
      return false;
    }
    open.task ??= { tid: Number(found[1]), name: found[2]! };
    return true;
  }

  #takeFrame(open: OpenStall, text: string): boolean {
    const counter = COUNTER.exec(text);
    const frame = parseFrame(counter?.[1] ?? text);
    if (frame === undefined) {
      return false;
    }
    if (counter !== null && !open.interrupted) {
      open.interrupted = true;
      open.stack = new StackCollector();
    }
    if (counter === null || open.stack.isEmpty) {
      open.stack.add(frame);
    }
    return true;
  }

  #add({ line, kind, task, stack, atNs, forNs }: OpenStall): void {
    const { kind: waits, mode } = findStackWait(stack.names);
    const frame = findStallFrame(stack.names);
    const tid = task === undefined ? undefined : this.#sink.addTask(task);
    const what = kind === 'soft-lockup' ? 'BUG: soft lockup' : 'INFO: rcu detected stall';
    this.#sink.addReport({
      kind,
      title: `${what} in ${frame ?? 'an unknown function'}`,
      line: line.number,
      ...(task && { tid: tid!, name: task.name }),
      ...(frame && { frame }),
    });
    if (
      tid !== undefined &&
      waits === 'spinlock' &&
      stack.names.slice(0, SPIN_REACH).some((name) => SPIN.test(name))
    ) {
      const sinceNs = atNs - forNs;
      this.#sink.addWait({ tid, sinceNs, stack: stack.frames, kind: waits, ...(mode && { mode }) });
    }
  }
}

function leastNs(text: string): number | undefined {
  const jiffies = JIFFIES.exec(text);
  return jiffies === null ? undefined : Number(jiffies[1]) * 1e6;
}
