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

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
