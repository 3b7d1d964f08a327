import type { Argument, Command, Option } from 'commander';
import type { PlacedCommand } from '../shared/command-tree.ts';
import { ENVIRONMENT, FILES } from '../shared/environment.ts';
import { examplesOf } from '../shared/examples.ts';
import { EXIT_STATUSES } from '../shared/exit-status.ts';
import { notesOf } from '../shared/help-notes.ts';
import { bold, definition, escapeRoff, italic, paragraph, quoteArgument, section, verbatim } from './roff.ts';

/** What a page cannot tell from its command. */
export interface ManEdition {
  readonly version: string;
  /** `2025-01-31` */
  readonly date: string;
}

/** `holdwait-lab-up`, for section 1. */
export function manName(path: readonly string[]): string {
  return ['holdwait', ...path].join('-');
}

/** The manual page of a command, for man(1). */
export function renderManPage({ path, command }: PlacedCommand, { version, date }: ManEdition): string {
  const help = command.createHelp();
  const { paragraphs, exitStatus } = notesOf(command);
  const title = quoteArgument(manName(path).toUpperCase());
  return [
    `.TH ${title} 1 "${date}" ${quoteArgument(`holdwait ${version}`)} "holdwait"`,
    ...section('NAME', [`${escapeRoff(manName(path))} \\- ${escapeRoff(lowerFirst(command.description()))}`]),
    ...section('SYNOPSIS', [renderSynopsis(path, command)]),
    ...section('DESCRIPTION', [sentence(command.description()), ...paragraphs].flatMap(paragraph)),
    ...section(
      'COMMANDS',
      help.visibleCommands(command).flatMap((one) => renderCommand(path, one)),
    ),
    ...section('ARGUMENTS', help.visibleArguments(command).flatMap(renderArgument)),
    ...section(
      'OPTIONS',
      help.visibleOptions(command).flatMap((option) => renderOption(command, option)),
    ),
    ...section(
      'EXAMPLES',
      examplesOf(command).flatMap(([line, what]) => [
        ...paragraph(`${upperFirst(what)}:`),
        ...verbatim([line]),
      ]),
    ),
    ...section('EXIT STATUS', [
      ...EXIT_STATUSES.flatMap(([status, what]) => definition(bold(String(status)), what)),
      ...(exitStatus === undefined || path.length === 0 ? [] : paragraph(`Here: ${exitStatus}.`)),
    ]),
    ...section(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(([name, what]) => definition(bold(name), what)),
    ),
    ...section(
      'FILES',
      FILES.flatMap(([name, what]) => definition(italic(name), what)),
    ),
    ...section('SEE ALSO', [listRelated(path, command)]),
    '',
  ].join('\n');
}

function renderSynopsis(path: readonly string[], command: Command): string {
  const usage = command.createHelp().commandUsage(command);
  const words = ['holdwait', ...path].join(' ');
  return `${bold(words)} ${italic(usage.slice(usage.indexOf(words) + words.length).trim())}`;
}

function renderCommand(path: readonly string[], command: Command): string[] {
  const name = command.name();
  const page = name === 'help' ? [] : [`${manName([...path, name])}(1)`];
  return definition(bold(name), [sentence(command.description()), ...page].join(' '));
}

function renderArgument(argument: Argument): string[] {
  return definition(italic(argument.name()), describe(argument.description, argument.argChoices));
}

function renderOption(command: Command, option: Option): string[] {
  const { flags } = option;
  const term = flags.replace(/(-[\w-]+)|([<[].*[>\]])/g, (_, flag, value) =>
    flag ? bold(flag) : italic(value),
  );
  return definition(term, command.createHelp().optionDescription(option));
}

function describe(text: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? text : `${text}: ${choices.join(', ')}`;
}

/** The page above, those below and beside, and the program's. */
function listRelated(path: readonly string[], command: Command): string {
  const below = command.commands.map((one) => [...path, one.name()]);
  const beside = (command.parent?.commands ?? []).map((one) => [...path.slice(0, -1), one.name()]);
  const above = path.map((_, i) => path.slice(0, i));
  const names = new Set(
    [...above, ...(below.length > 0 ? below : path.length > 1 ? beside : [])].map(manName),
  );
  names.delete(manName(path));
  return [...names, ...(path.length === 1 ? ['holdwait-guide'] : [])]
    .map((name) => `${bold(name)}(1)`)
    .join(',\n');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? upperFirst(text) : `${upperFirst(text)}.`;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
