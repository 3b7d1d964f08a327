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

  constructor(category: ErrorCategory, code: string, message: string, options: ErrorDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HoldwaitError';
    this.category = category;
    this.code = code;
    this.hint = options.hint;
  }
}

export interface ErrorDetails {
  readonly hint?: string;
  readonly cause?: unknown;
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read or written by this user',
  EPERM: 'may not be read or written by this user',
  EISDIR: 'is a directory',
  ENOTDIR: 'leads through something that is not a directory',
  ENOSPC: 'cannot grow: the disk is full',
  EROFS: 'is on a read-only file system',
  EPIPE: 'is a pipe whose reader has gone',
};

/** A failed file operation as an input error with code `FILE_<errno>`; anything else as it is. */
export function fileError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof HoldwaitError || !(error instanceof Error) || !/^E[A-Z0-9]+$/.test(code ?? '')) {
    return error;
  }
  const fault = FILE_FAULTS[code!] ?? `failed: ${error.message}`;
  return new HoldwaitError('input', `FILE_${code}`, `${path} ${fault}`, { cause: error });
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
