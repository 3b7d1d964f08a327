import type { ShownLock } from './lockdep-lock.ts';
import type { ChainEntry, LockdepReport } from './lockdep-report.ts';
import type { LoggedLink } from './report-sink.ts';

export interface Circle {
  readonly classes: readonly string[];
  readonly links: readonly LoggedLink[];
}

type Step = Omit<LoggedLink, 'task'>;

/** The circle of locks that a report tells of, as far as it is in the log; without links where it tells of none. */
export function findCircle(report: LockdepReport, task: number | undefined): Circle {
  if (report.isMixed) {
    return { classes: namesOf(report), links: [] };
  }
  const steps = stepsOf(report);
  const links = steps.map((step) => (step === steps.at(-1) && task !== undefined ? { ...step, task } : step));
  return { classes: steps.length === 0 ? namesOf(report) : classesOf(steps), links };
}

/** Whether the chain leads all the way from what is held to what is wanted. */
export function isChainWhole({ chain, wanted, holding }: LockdepReport): boolean {
  const [last] = chain;
  const first = chain.at(-1);
  return (
    first?.number === 0 &&
    first.name === wanted[0]?.name &&
    last!.name === holding[0]?.name &&
    chain.every(({ stack }) => !stack.isEmpty)
  );
}

/** The step that the reported task was taking comes last. */
function stepsOf(report: LockdepReport): Step[] {
  switch (report.banner.report) {
    case 'circular':
      return circularSteps(report);
    case 'recursive':
      return newStep(report);
    case 'inconsistent-state':
      return interruptedStep(report);
    case 'irq-inversion':
      return inversionSteps(report);
    case 'irq-unsafe':
      return unsafeSteps(report);
    default:
      return [];
  }
}

/** `-> #N` shows where its class was taken with the class of #N-1 held; #0 is what is being taken now. */
function circularSteps(report: LockdepReport): Step[] {
  const upwards = report.chain.toReversed();
  const steps = upwards.slice(1).map((entry, i) => step(upwards[i]!.name, entry));
  const now = newStep(report);
  const first = report.chain.at(-1);
  const isNow = first?.number === 0 && first.stack.frames.length > 0;
  return [...steps, ...now.map((last) => (isNow ? { ...last, stack: first.stack.frames } : last))];
}

/** What the reported task holds and wants, if the report got that far. */
function newStep(report: LockdepReport): Step[] {
  const { wanted, holding } = report;
  if (wanted.length === 0 || holding.length === 0) {
    return [];
  }
  const stack = placesOr(report.backtrace.frames, wanted);
  return [{ held: holding[0]!.name, wanted: wanted[0]!.name, stack, ...heldAt(placesOr([], holding)) }];
}

/** One lock, held with interrupts on in one place and wanted by an interrupt in another. */
function interruptedStep(report: LockdepReport): Step[] {
  const [lock] = report.wanted;
  if (lock === undefined) {
    return [];
  }
  const now = placesOr(report.backtrace.frames, report.wanted);
  const before = report.registered.frames;
  const isInterrupt = / -> \{IN-/.test(report.usage ?? '');
  const [stack, held] = isInterrupt ? [now, before] : [before, now];
  return [{ held: lock.name, wanted: lock.name, stack, ...heldAt(held) }];
}

/** A chain of locks, whose last is held with interrupts on while one of them wants the first. */
function inversionSteps(report: LockdepReport): Step[] {
  const lock = report.wanted[0]?.name;
  const { another, isInner } = report;
  if (lock === undefined || another === undefined) {
    return [];
  }
  const [first, last] = isInner ? [lock, another] : [another, lock];
  const inside =
    pathSteps(report.paths[0] ?? [], first, last) ?? chainSteps(report.chainExists ?? [], first, last);
  const stack = isInner ? placesOr(report.backtrace.frames, report.wanted) : [];
  const held = isInner ? [] : placesOr(report.backtrace.frames, report.wanted);
  return [...inside, { held: last, wanted: first, stack, ...heldAt(held) }];
}

/** From the lock that interrupts take, over what is held and what is wanted now, to the one held with interrupts on. */
function unsafeSteps(report: LockdepReport): Step[] {
  const { safe, unsafe } = report;
  const now = newStep(report);
  if (safe === undefined || unsafe === undefined || now.length === 0) {
    return now;
  }
  const before = joined(report.paths[0] ?? [], safe, now[0]!.held);
  const after = joined(report.paths[1] ?? [], now[0]!.wanted, unsafe);
  const interrupt = {
    held: unsafe,
    wanted: safe,
    stack: report.safeStack.frames,
    ...heldAt(report.unsafeStack.frames),
  };
  return [...after, interrupt, ...before, ...now];
}

/** The steps between two locks, one without a stack if the path is not all there; none if they are the same. */
function joined(path: readonly ChainEntry[], first: string, last: string): Step[] {
  return first === last ? [] : (pathSteps(path, first, last) ?? [{ held: first, wanted: last, stack: [] }]);
}

/** A path is printed from either end. Printed forwards, an entry's stack is of taking the next; backwards, its own. */
function pathSteps(path: readonly ChainEntry[], first: string, last: string): Step[] | undefined {
  if (path[0]?.name === first && path.at(-1)!.name === last) {
    return path.slice(1).map((entry, i) => step(path[i]!.name, { name: entry.name, stack: path[i]!.stack }));
  }
  const back = path.toReversed();
  if (back[0]?.name === first && back.at(-1)!.name === last) {
    return back.slice(1).map((entry, i) => step(back[i]!.name, entry));
  }
  return undefined;
}

/** Names only: `A --> B --> C`. */
function chainSteps(names: readonly string[], first: string, last: string): Step[] {
  const path = names[0] === first && names.at(-1) === last ? names : [first, last];
  return path.slice(1).map((wanted, i) => ({ held: path[i]!, wanted, stack: [] }));
}

function step(held: string, { name, stack }: ChainEntry): Step {
  return { held, wanted: name, stack: stack.frames };
}

function heldAt(stack: readonly string[]): Pick<LoggedLink, 'heldStack'> {
  return stack.length === 0 ? {} : { heldStack: stack };
}

function placesOr(frames: readonly string[], locks: readonly ShownLock[]): readonly string[] {
  return frames.length > 0 ? frames : locks.map(({ at }) => at).filter((at) => at !== undefined);
}

function classesOf(steps: readonly Step[]): string[] {
  return [...new Set(steps.flatMap(({ held, wanted }) => [held, wanted]))];
}

function namesOf({ wanted, holding, locks }: LockdepReport): string[] {
  const shown = wanted.length + holding.length > 0 ? [...wanted, ...holding] : locks;
  return [...new Set(shown.map(({ name }) => name))];
}
