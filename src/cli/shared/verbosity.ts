import { type Command, Option } from 'commander';

/**
 * How much is said on standard error, beside the result: with `quiet` only errors, with `verbose` also what was chosen and
 * how long each step took. Standard output is the same with each.
 */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** One for the process, as its standard error is: what asks for it is too far from the command to be handed it. */
let current: Verbosity = 'normal';

export function verbosity(): Verbosity {
  return current;
}

interface VerbosityFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Adds `--quiet` and `--verbose` to a command. */
export function addVerbosityOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-q, --quiet',
        'say nothing on standard error but errors: no progress, no remarks',
      ).conflicts('verbose'),
    )
    .option('-v, --verbose', 'say more on standard error: what is chosen, and how long each step takes');
}

/** From here on the level is what the command's flags ask for. */
export function applyVerbosity({ quiet, verbose }: VerbosityFlags): void {
  current = quiet ? 'quiet' : verbose ? 'verbose' : 'normal';
}
