import type { Analysis } from '../../../analysis/index.ts';

/** Whether the guest's own evidence agrees with the chain, task by task of the cycles. */
export interface KernelAgreement {
  readonly tid: number;
  /** The kernel's hung-task report names this task. */
  readonly inHungTaskReport: boolean;
  /** Functions of the recorded stack, in order, are all in /proc/PID/stack; undefined = it could not be read. */
  readonly stackAgrees: boolean | undefined;
}

/** Tids that the hung-task lines of a kernel log name. */
export function findHungTasks(kernelLog: string): ReadonlySet<number> {
  const named = new Set<number>();
  for (const match of kernelLog.matchAll(/INFO: task .*:(\d+) blocked for more than/g)) {
    named.add(Number(match[1]));
  }
  return named;
}

/** Compares every edge of every cycle with the kernel's log and with `stacks`, the text of /proc/TID/stack by tid. */
export function compareWithKernel(
  analysis: Analysis,
  kernelLog: string,
  stacks: ReadonlyMap<number, string>,
): readonly KernelAgreement[] {
  const named = findHungTasks(kernelLog);
  return analysis.cycles.flatMap(({ edges }) =>
    edges.map(({ waiter, stack }) => {
      const text = stacks.get(waiter);
      return {
        tid: waiter,
        inHungTaskReport: named.has(waiter),
        stackAgrees:
          text === undefined ? undefined : isSubsequence(stack.map(functionOf), stackFunctions(text)),
      };
    }),
  );
}

/** Lines of /proc/PID/stack: `[<0>] function+0x1/0x2 [module]`. */
function stackFunctions(text: string): string[] {
  return [...text.matchAll(/^\[<[0-9a-f]+>\] (\S+)/gm)].map((match) => functionOf(match[1]!));
}

function functionOf(frame: string): string {
  return frame.split('+', 1)[0]!;
}

/**
 * The recorded stack begins at the hooked function and the kernel's deeper, in the sleep itself; and a tail call may
 * take a frame off the kernel's. So the innermost recorded frame may be missing, and no other.
 */
function isSubsequence(recorded: readonly string[], actual: readonly string[]): boolean {
  const first = actual.includes(recorded[0] ?? '') ? 0 : 1;
  let at = -1;
  return recorded.slice(first).every((name) => {
    at = actual.indexOf(name, at + 1);
    return at >= 0;
  });
}
