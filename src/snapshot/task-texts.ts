import { parseFrame, StackCollector } from '../import/index.ts';
import type { ScannedTask, Texts } from './proc-reader.ts';

/** Read of each blocked task in both passes; the first three tell whether it has run in between. */
export const TASK_FILES = ['stat', 'schedstat', 'stack', 'status', 'wchan', 'comm'] as const;

/** A blocked task as /proc describes it at one time. */
export interface TaskState {
  readonly tid: number;
  readonly pid: number;
  readonly comm: string;
  /** `D` (sleeps without being interruptible), `S`, `R`. */
  readonly state: string;
  /** When it was started, clock ticks since boot: with the tid, one task for good. */
  readonly startTicks: string;
  /** How often it was taken off a CPU; undefined = not told. */
  readonly switches: number | undefined;
  /** CPU time it has had, ns; undefined = not told. */
  readonly runNs: string | undefined;
  /** Innermost first, `function+0xoff/0xsize [module]`. The kernel leaves out the scheduler's own functions. */
  readonly frames: readonly string[];
  /** The same without offsets. */
  readonly names: readonly string[];
}

export function taskFolder({ pid, tid }: Pick<ScannedTask, 'pid' | 'tid'>): string {
  return `/proc/${pid}/task/${tid}`;
}

/** What was read of a task; undefined if it is gone, or its `stat` cannot be read. */
export function parseTask(task: ScannedTask, texts: Texts): TaskState | undefined {
  const folder = taskFolder(task);
  // The name may contain anything, parentheses too: what follows the last one does not.
  const [, comm, rest] = /^\d+ \((.*)\) ([^)]*)$/s.exec(texts.get(`${folder}/stat`)?.trimEnd() ?? '') ?? [];
  const fields = rest?.split(' ') ?? [];
  if (fields.length < 20) {
    return undefined;
  }
  const { frames, names } = parseStack(texts.get(`${folder}/stack`) ?? '');
  return {
    tid: task.tid,
    pid: task.pid,
    comm: texts.get(`${folder}/comm`)?.replace(/\n$/, '') ?? comm!,
    state: fields[0]!,
    startTicks: fields[19]!,
    switches: countSwitches(texts.get(`${folder}/status`) ?? ''),
    runNs: /^(\d+) \d+ \d+$/m.exec(texts.get(`${folder}/schedstat`) ?? '')?.[1],
    frames,
    names,
  };
}

/** Without a tracer's own frames: a task that was traced as it got stuck has these for as long as it is. */
function parseStack(text: string): StackCollector {
  const stack = new StackCollector();
  for (const line of text.split('\n')) {
    const frame = parseFrame(line);
    if (frame !== undefined) {
      stack.add(frame);
    }
  }
  return stack;
}

function countSwitches(status: string): number | undefined {
  const counts = Array.from(status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm), ([, n]) =>
    Number(n),
  );
  return counts.length === 2 ? counts[0]! + counts[1]! : undefined;
}

/** Whether it is the same task, blocked in the same place. */
export function isSamePlace(before: TaskState, after: TaskState): boolean {
  return (
    before.startTicks === after.startTicks &&
    before.state === after.state &&
    before.names.join() === after.names.join()
  );
}

/** Whether a task has not been on any CPU in between. */
export function hasNotRun(before: TaskState, after: TaskState): boolean {
  return before.switches === after.switches && before.runNs === after.runNs;
}
