import type { Analysis } from '../../../analysis/index.ts';
import { functionOf } from '../../bpf/symbols.ts';
import type { LineFeed } from './line-feed.ts';

/**
 * Whether the guest's own evidence agrees with the chain, task by task of the cycles. The kernel's detectors do not
 * know every hang: hung_task passes over tasks that sleep killably or interruptibly.
 */
export interface KernelAgreement {
  readonly tid: number;
  /** The kernel's hung-task report names this task. */
  readonly inHungTaskReport: boolean;
  /** A soft lockup or RCU stall report names it as the task of a CPU that does not get on. */
  readonly inStallReport: boolean;
  /** Functions of the recorded stack, in order, are all in /proc/PID/stack; undefined = it could not be read. */
  readonly stackAgrees: boolean | undefined;
}

/** A task that a report of the kernel names, and which kind of report. */
export interface NamedTask {
  readonly tid: number;
  readonly by: 'hung-task' | 'stall';
}

const HUNG_TASK = /INFO: task .*:(\d+) blocked (?:in I\/O wait )?for more than/;
const SOFT_LOCKUP = /BUG: soft lockup - CPU#\d+ stuck for .*\[.*:(\d+)\]/;
const RCU_STALL = /INFO: rcu\w* (?:detected(?: expedited)? stalls|self-detected stall)/;
/** The CPU that the report is about, printed by itself, or by another one where it does not answer. */
const STALLED_TASK = /CPU: \d+ (?:UID: \d+ )?PID: (\d+) |task:.* state:R .*\bpid: *(\d+)/;
/** What a report prints of a CPU ends with its call trace. */
const CALL_TRACE = /Call Trace:/;

/** Reads a kernel log line by line; returns the task that a line names, if it names one. */
export function createReportReader(): (line: string) => NamedTask | undefined {
  let inStall = false;
  return (line) => {
    inStall = RCU_STALL.test(line) || (inStall && !CALL_TRACE.test(line));
    const hung = HUNG_TASK.exec(line)?.[1];
    if (hung !== undefined) {
      return { tid: Number(hung), by: 'hung-task' };
    }
    const stalled = SOFT_LOCKUP.exec(line) ?? (inStall ? STALLED_TASK.exec(line) : null);
    return stalled ? { tid: Number(stalled[1] ?? stalled[2]), by: 'stall' } : undefined;
  };
}

/** Everybody whom the reports in a kernel log name. */
export function findNamedTasks(kernelLog: string): readonly NamedTask[] {
  return kernelLog
    .split('\n')
    .map(createReportReader())
    .filter((named) => named !== undefined);
}

/** The drivers lower the kernel's own hung-task timeout to 2 s, looked at every second. */
const FIRST_REPORT_MS = 8_000;
/** Two more looks: a task that hung later than the first one is in the next report. */
const LATER_REPORTS_MS = 2_500;

/** Waits until the kernel has named all of `tids`, or one of them and then for a while no more, or for long nobody. */
export async function waitForReports(
  kernelLog: LineFeed,
  tids: readonly number[],
  { firstMs = FIRST_REPORT_MS, laterMs = LATER_REPORTS_MS } = {},
): Promise<void> {
  if (tids.length === 0) {
    return;
  }
  if (await kernelLog.find(awaitNames(tids, tids.length - 1), firstMs)) {
    await kernelLog.find(awaitNames(tids, 0), laterMs);
  }
}

/** True as soon as no more than `most` of the tids have not been named. */
function awaitNames(tids: readonly number[], most: number): (line: string) => true | undefined {
  const unnamed = new Set(tids);
  const read = createReportReader();
  return (line) => {
    const named = read(line);
    return named && unnamed.delete(named.tid) && unnamed.size <= most ? true : undefined;
  };
}

/** Compares every task of the cycles with the kernel's log and with `stacks`, the text of /proc/TID/stack by tid. */
export function compareWithKernel(
  analysis: Analysis,
  kernelLog: string,
  stacks: ReadonlyMap<number, string>,
): readonly KernelAgreement[] {
  const named = findNamedTasks(kernelLog);
  const isNamed = (tid: number, by: NamedTask['by']): boolean =>
    named.some((task) => task.tid === tid && task.by === by);
  const recorded = new Map(
    analysis.cycles.flatMap(({ edges }) => edges.map(({ waiter, stack }) => [waiter, stack] as const)),
  );
  return [...recorded].map(([tid, stack]) => ({
    tid,
    inHungTaskReport: isNamed(tid, 'hung-task'),
    inStallReport: isNamed(tid, 'stall'),
    stackAgrees: compareStacks(stack.map(functionOf), stackFunctions(stacks.get(tid) ?? '')),
  }));
}

/** Lines of /proc/PID/stack: `[<0>] function+0x1/0x2 [module]`. */
function stackFunctions(text: string): string[] {
  return [...text.matchAll(/^\[<[0-9a-f]+>\] (\S+)/gm)].map((match) => functionOf(match[1]!));
}

/** Frames that are there only because a tracepoint's probe looked. */
const PROBE_FRAME =
  /^(?:__traceiter_|__bpf_trace_|bpf_trace_run|bpf_prog_|trace_call_bpf|perf_(?:call_)?(?:bpf_)?trace)/;

/** The scheduler's own functions (.sched.text), which procfs leaves out of a stack: what locks and completions sleep in. */
const SLEEP_FRAME =
  /^(?:io_schedule|schedule|__schedule|(?:__)?mutex_lock|(?:__)?down_|rwsem_down_|(?:__)?percpu_down_|wait_for_|__wait_)/;

/**
 * The recorded stack begins at the hooked function and the kernel's deeper, in the sleep itself; and a tail call may
 * take a frame off the kernel's. So the innermost recorded frame may be missing, and others only if they are the
 * scheduler's. A task that runs has no stack to be read.
 */
function compareStacks(frames: readonly string[], actual: readonly string[]): boolean | undefined {
  if (actual.length === 0) {
    return undefined;
  }
  const recorded = frames.filter(
    (name) => !PROBE_FRAME.test(name) && (actual.includes(name) || !SLEEP_FRAME.test(name)),
  );
  const first = actual.includes(recorded[0] ?? '') ? 0 : 1;
  let at = -1;
  return recorded.slice(first).every((name) => {
    at = actual.indexOf(name, at + 1);
    return at >= 0;
  });
}
