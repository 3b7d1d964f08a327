import { showsFrames } from './match-frames.ts';
import { type FramePattern, type KernelRange, STACK_RULES, type StackRule } from './stack-roles.ts';

/** A wait that is open, for something of which the capture knows no more than its kind. */
export interface BlockedStack {
  readonly row: number;
  readonly tid: number;
  readonly kind: string;
  /** Innermost first, without offsets. */
  readonly functions: readonly string[];
  /** It is not known which resource it waits for, so that others cannot be seen to hold it either. */
  readonly isUnknown: boolean;
}

/** Who must be holding what a wait is for. */
export interface InferredHolder {
  readonly tid: number;
  readonly why: string;
  /** One of several stacks that fit as well: at most one of them is the holder. */
  readonly isOneOfSeveral: boolean;
}

/** Frames in which a wait is entered, at most: the scheduler's and those of the means of waiting. */
const WAIT_FRAMES = 8;
/** With more stacks that fit, a guess is worth nothing. */
const MAX_CANDIDATES = 4;

/**
 * Finds holders by what two blocked stacks mean together. Only pairs that a rule describes count, since a stack alone
 * says of which kind a resource is and not which one it is.
 *
 * @param release of the kernel, where it is known; rules for other kernels are left out
 * @returns holders by the row of the wait
 */
export function inferFromStacks(
  blocked: readonly BlockedStack[],
  release: string | undefined,
  rules: readonly StackRule[] = STACK_RULES,
): ReadonlyMap<number, readonly InferredHolder[]> {
  const found = new Map<number, Map<number, string>>();
  for (const rule of rules.filter(({ kernels }) => isIn(kernels, release))) {
    const waiters = blocked.filter((one) => one.isUnknown && isWaiter(one, rule));
    // One more than may be named, so that too many are seen to be too many.
    const holders = waiters.length === 0 ? [] : findFirst(blocked, (one) => isHolder(one, rule));
    for (const { row, tid } of waiters) {
      const others = found.get(row) ?? new Map<number, string>();
      found.set(row, others);
      for (const holder of holders.filter((one) => one.tid !== tid)) {
        others.set(holder.tid, rule.why);
      }
    }
  }
  return describeHolders(found);
}

function findFirst(blocked: readonly BlockedStack[], fits: (one: BlockedStack) => boolean): BlockedStack[] {
  const first: BlockedStack[] = [];
  for (const one of blocked) {
    if (first.length <= MAX_CANDIDATES + 1 && fits(one)) {
      first.push(one);
    }
  }
  return first;
}

function describeHolders(
  found: ReadonlyMap<number, ReadonlyMap<number, string>>,
): ReadonlyMap<number, readonly InferredHolder[]> {
  const inferred = new Map<number, readonly InferredHolder[]>();
  for (const [row, holders] of found) {
    if (holders.size > 0 && holders.size <= MAX_CANDIDATES) {
      const isOneOfSeveral = holders.size > 1;
      inferred.set(
        row,
        Array.from(holders, ([tid, why]) => ({ tid, why, isOneOfSeveral })),
      );
    }
  }
  return inferred;
}

function isWaiter({ kind, functions }: BlockedStack, { waiter }: StackRule): boolean {
  return kind === waiter.kind && isNearTop(functions, waiter.frames) && showsFrames(functions, waiter.frames);
}

function isNearTop(functions: readonly string[], [first = []]: FramePattern): boolean {
  return functions.slice(0, WAIT_FRAMES).some((name) => first.includes(name));
}

function isHolder({ kind, functions }: BlockedStack, { holder }: StackRule): boolean {
  return (holder.kind === undefined || kind === holder.kind) && showsFrames(functions, holder.frames);
}

/** Whether a kernel's release is in the range; one that cannot be read is in every range. */
export function isIn(range: KernelRange | undefined, release: string | undefined): boolean {
  const at = release === undefined ? undefined : tryVersion(release);
  if (range === undefined || at === undefined) {
    return true;
  }
  const from = range.from === undefined ? undefined : tryVersion(range.from);
  const until = range.until === undefined ? undefined : tryVersion(range.until);
  return (from === undefined || at >= from) && (until === undefined || at < until);
}

/** Major and minor number as one that can be compared. */
function tryVersion(text: string): number | undefined {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})/.exec(text) ?? [];
  return major === undefined ? undefined : Number(major) * 10_000 + Number(minor);
}
