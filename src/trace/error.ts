/**
 * What went wrong, decided where it happened; the command line turns the category into the exit status
 * (`usage` and `input` → 2, `target` → 3).
 */
export type ErrorCategory = 'usage' | 'input' | 'target';

/**
 * Every error holdwait raises on purpose. The message states facts only; advice goes into the hint, which names
 * the next command to run.
 */
export class HoldwaitError extends Error {
  readonly category: ErrorCategory;
  /** Stable, upper snake case, for programs: `SSH_AUTH_FAILED`. */
  readonly code: string;
  readonly hint: string | undefined;

  constructor(category: ErrorCategory, code: string, message: string, options: ErrorDetails) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HoldwaitError';
    this.category = category;
    this.code = code;
    this.hint = options.hint;
  }
}

/** What comes with the message. */
export interface ErrorDetails {
  /** What to do next; undefined only where somebody ended the command on purpose. */
  readonly hint: string | undefined;
  readonly cause?: unknown;
}

const OTHER_PATH = 'Name another path; `ls -ld` of it and its folders shows what is there.';
const OTHER_USER = 'Run the command as a user who may, or name another path.';

/** What is wrong with a file, and what to do then. */
const FILE_FAULTS: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['does not exist', 'Check the path. The folder of a file that is to be written must exist.'],
  EACCES: ['may not be read or written by this user', OTHER_USER],
  EPERM: ['may not be read or written by this user', OTHER_USER],
  EISDIR: ['is a directory', OTHER_PATH],
  ENOTDIR: ['leads through something that is not a directory', OTHER_PATH],
  ENOSPC: [
    'cannot grow: the disk is full',
    'Free some space, or name a file on another disk; `df -h` lists them.',
  ],
  EROFS: ['is on a read-only file system', OTHER_PATH],
  EPIPE: ['is a pipe whose reader has gone', 'Start the reader again, or name a file.'],
};

/**
 * A failed file operation as an input error with code `FILE_<errno>`; anything else as it is.
 *
 * @param advice where another hint helps more than the one of the fault
 */
export function fileError(path: string, error: unknown, advice?: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof HoldwaitError || !(error instanceof Error) || !/^E[A-Z0-9]+$/.test(code ?? '')) {
    return error;
  }
  const [fault, hint] = FILE_FAULTS[code!] ?? [`failed: ${error.message}`, OTHER_PATH];
  return new HoldwaitError('input', `FILE_${code}`, `${path} ${fault}`, {
    cause: error,
    hint: advice ?? hint,
  });
}

/** The error of a file that is to be read and is not there. */
export function missingFileError(path: string): HoldwaitError {
  return new HoldwaitError('input', 'FILE_ENOENT', `${path} ${FILE_FAULTS.ENOENT![0]}`, {
    hint: 'Check the path; `holdwait capture TARGET -o FILE` makes a capture.',
  });
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
