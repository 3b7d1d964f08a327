import { CommanderError } from 'commander';
import { escapeText } from '../../report/escape.ts';
import { errorText, HoldwaitError } from '../../trace/index.ts';
import { ExitStatus, exitStatusOf, isAbort, isSystemError } from './exit-status.ts';

/**
 * Says what ended the command, one fact a line and then what to do about it, and returns the exit status for it.
 *
 * @param env HOLDWAIT_DEBUG=1 prints where the error was thrown, too
 */
export function reportError(
  error: unknown,
  print: (line: string) => void,
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  if (error instanceof CommanderError) {
    // Commander has printed its message already; its own status for a mistake is 1.
    return error.exitCode === 0 ? ExitStatus.ok : ExitStatus.usage;
  }
  for (const line of errorLines(error)) {
    print(line);
  }
  if (env.HOLDWAIT_DEBUG && error instanceof Error) {
    print(error.stack ?? '');
  }
  return exitStatusOf(error);
}

function errorLines(error: unknown): readonly string[] {
  if (error instanceof HoldwaitError) {
    return [`holdwait: ${printable(error.message)}`, ...hintLines(error.hint)];
  }
  if (isAbort(error)) {
    const { message, cause } = error as Error;
    return [`holdwait: ${message}`, ...(cause instanceof HoldwaitError ? errorLines(cause) : [])];
  }
  if (isSystemError(error)) {
    return [
      `holdwait: ${printable(error.message)}`,
      'hint: that is what the system said; HOLDWAIT_DEBUG=1 prints where',
    ];
  }
  return [
    `holdwait: internal error: ${printable(errorText(error))}`,
    'hint: HOLDWAIT_DEBUG=1 prints where; this is a mistake in holdwait and worth a report',
  ];
}

function hintLines(hint: string | undefined): readonly string[] {
  return hint === undefined ? [] : hint.split('\n').map((line) => `hint: ${printable(line)}`);
}

/** Messages may quote what a target said: several lines are welcome, terminal controls are not. */
function printable(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}
