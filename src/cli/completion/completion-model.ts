import type { Argument, Command, Option } from 'commander';
import { SIGNATURES } from '../../../analysis/index.ts';
import { listBundledScripts } from '../../bpf/bundled.ts';
import { KERNELS } from '../../lab/kernels.ts';
import { listScenarios } from '../../lab/scenario.ts';
import { KINDS } from '../../trace/index.ts';
import { listCommands, type PlacedCommand } from '../shared/command-tree.ts';

/** What a shell can offer in a place. */
export type Values =
  | { readonly type: 'nothing' | 'files' | 'folders' }
  /** `list`: several, with commas between them. */
  | { readonly type: 'words' | 'list'; readonly words: readonly string[] }
  /** What there is when it is asked for. */
  | { readonly type: 'listing'; readonly of: Listing };

export type Listing = keyof typeof LISTINGS;

export interface CompletionOption {
  /** `['-o', '--output']` */
  readonly flags: readonly string[];
  readonly description: string;
  /** undefined = a switch. */
  readonly values: Values | undefined;
}

export interface CompletionArgument {
  readonly name: string;
  readonly values: Values;
  /** All that follow are of it, too. */
  readonly isVariadic: boolean;
}

export interface CompletionCommand {
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly CompletionOption[];
  readonly arguments: readonly CompletionArgument[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
}

const LABS = `\${XDG_STATE_HOME:-$HOME/.local/state}/holdwait/labs`;

/** Commands for sh that print words, one a line, without starting holdwait. They print nothing that a shell would expand. */
export const LISTINGS = {
  targets: `{
  printf '%s\\n' local lab
  awk '/^[ \\t]*\\[/ { on = /^[ \\t]*\\[targets\\]/; next } on && /^[^#]*=/ { sub(/=.*/, ""); gsub(/[ \\t"]/, ""); print }' \\
    "\${HOLDWAIT_CONFIG-\${XDG_CONFIG_HOME:-$HOME/.config}/holdwait/config.toml}"
  ls "${LABS}" | sed 's/^/lab:/'
  awk 'tolower($1) == "host" { for (i = 2; i <= NF; i++) print $i }' "$HOME/.ssh/config"
} </dev/null 2>/dev/null | grep -Ex '(lab:)?[A-Za-z0-9][A-Za-z0-9._-]*'`,
  labs: `ls "${LABS}" 2>/dev/null | grep -x '[A-Za-z0-9][A-Za-z0-9._-]*'`,
} as const;

/** Every command, with what can follow it. */
export function collectCompletion(program: Command): CompletionCommand[] {
  return [...listCommands(program).map((placed) => describeCommand(placed, program)), describeHelp(program)];
}

/** Commander makes this one itself, and lists it nowhere. */
function describeHelp(program: Command): CompletionCommand {
  const values: Values = { type: 'words', words: program.commands.map((command) => command.name()) };
  const command = { name: 'command', values, isVariadic: false };
  return { path: ['help'], description: '', options: [], arguments: [command], commands: [] };
}

function describeCommand({ path, command }: PlacedCommand, program: Command): CompletionCommand {
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    options: help.visibleOptions(command).map((option) => describeOption(option, path)),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      values: valuesOfArgument(argument, path, program),
      isVariadic: argument.variadic,
    })),
    commands: help
      .visibleCommands(command)
      .map((one) => ({ name: one.name(), description: one.description() }))
      .filter(({ name }) => name !== 'help' || path.length === 0),
  };
}

function describeOption(option: Option, path: readonly string[]): CompletionOption {
  const { short, long, description, flags, argChoices } = option;
  const [, placeholder] = /[<[](.+)[>\]]$/.exec(flags) ?? [];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    values: placeholder === undefined ? undefined : toValues(argChoices, path, placeholder),
  };
}

function valuesOfArgument(argument: Argument, path: readonly string[], program: Command): Values {
  if (argument.name() === 'command' && path[0] === 'man') {
    return { type: 'words', words: program.commands.map((command) => command.name()) };
  }
  return toValues(argument.argChoices, path, argument.name());
}

function toValues(
  choices: readonly string[] | undefined,
  path: readonly string[],
  placeholder: string,
): Values {
  if (choices !== undefined) {
    return { type: 'words', words: choices };
  }
  const find = PLACEHOLDERS[`${path.join(' ')} ${placeholder}`] ?? PLACEHOLDERS[placeholder];
  return find?.() ?? { type: 'nothing' };
}

/** What is meant by a name in <> or []; with the command before it where that is not the same everywhere. */
const PLACEHOLDERS: Readonly<Record<string, () => Values>> = {
  file: () => ({ type: 'files' }),
  path: () => ({ type: 'files' }),
  dir: () => ({ type: 'folders' }),
  target: () => ({ type: 'listing', of: 'targets' }),
  name: () => ({ type: 'listing', of: 'labs' }),
  names: () => ({ type: 'list', words: ['default', 'all', ...listBundledScripts()] }),
  version: () => ({ type: 'words', words: KERNELS }),
  kind: () => ({ type: 'words', words: KINDS }),
  'repro id': () => ({ type: 'words', words: listScenarios() }),
  'catalog id': () => ({ type: 'words', words: SIGNATURES.map(({ id }) => id) }),
};
