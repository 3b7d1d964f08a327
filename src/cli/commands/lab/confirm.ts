import { createInterface } from 'node:readline/promises';
import { HoldwaitError } from '../../../trace/index.ts';

/**
 * Asks on the terminal whether to go on; `--yes` answers for scripts.
 *
 * @throws HoldwaitError (usage) if there is nobody to ask, or the answer is no
 */
export async function confirm(
  question: string,
  yes: boolean | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (yes) {
    return;
  }
  if (!process.stdin.isTTY) {
    throw new HoldwaitError(
      'usage',
      'NOT_CONFIRMED',
      'This has to be confirmed, and there is no terminal to ask on.',
      {
        hint: 'Add --yes, or look first with --dry-run.',
      },
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new HoldwaitError('usage', 'NOT_CONFIRMED', 'Nothing was done.', { hint: undefined });
    }
  } finally {
    terminal.close();
  }
}
