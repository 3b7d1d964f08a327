import { HoldwaitError } from '../../trace/index.ts';

/** The contract's exit statuses; every command uses these and no others. */
export const ExitStatus = {
  ok: 0,
  /** deadlock, suspected or hang; or an outcome that was not the expected one. */
  finding: 1,
  usage: 2,
  /** Target, bpftrace or VM; also a fault of holdwait itself, which must pass for neither an answer nor bad input. */
  target: 3,
  interrupted: 130,
} as const;

/** What each means, for people. */
export const EXIT_STATUSES: readonly (readonly [status: number, what: string])[] = [
  [ExitStatus.ok, 'nothing found'],
  [ExitStatus.finding, 'a finding (deadlock, suspected, hang)'],
  [ExitStatus.usage, 'usage or unreadable input'],
  [ExitStatus.target, 'target, bpftrace or VM failure'],
  [ExitStatus.interrupted, 'interrupted'],
];

/** Status for an error that ended a command. */
export function exitStatusOf(error: unknown): number {
  if (isAbort(error)) {
    return ExitStatus.interrupted;
  }
  if (isSystemError(error)) {
    return ExitStatus.usage;
  }
  return error instanceof HoldwaitError && error.category !== 'target' ? ExitStatus.usage : ExitStatus.target;
}

/** The person ended the command: Ctrl-C, or a signal that means the same. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** A file or socket of the person's choosing refused: ENOENT, EACCES, ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
