import { createProgram } from '../../../../src/cli/main.ts';
import { listLeaves } from '../../../../src/cli/shared/command-tree.ts';

/**
 * Parses the words of a call with the real tree; no command is run.
 *
 * @throws CommanderError as the program would
 */
export async function parseCall(words: readonly string[]): Promise<'parsed' | 'nothing was called'> {
  const program = await createProgram(words[0]);
  let outcome: 'parsed' | 'nothing was called' = 'nothing was called';
  for (const { command } of listLeaves(program)) {
    command.action(() => {
      outcome = 'parsed';
    });
  }
  for (const command of [
    program,
    ...program.commands,
    ...listLeaves(program).map(({ command }) => command),
  ]) {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
  }
  await program.parseAsync([...words], { from: 'user' });
  return outcome;
}
