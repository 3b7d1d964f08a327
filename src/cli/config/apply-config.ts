import type { Command, Option } from 'commander';
import { pathOf } from '../shared/command-tree.ts';
import { type CheckedConfig, checkConfig, type Setting } from './check-config.ts';
import { type ConfigFile, readConfig } from './config-file.ts';
import { configError } from './config-problem.ts';
import { configKey } from './config-value.ts';

/** What is loaded of the program only if the configuration asks for it. */
export interface WholeProgram {
  /** First words of all commands. */
  readonly names: Iterable<string>;
  load(): Promise<Command>;
}

/**
 * Gives a command the settings of a configuration file that the command line does not say itself, and puts named targets in
 * the place of their names. To be called before the command's action. Returns what was done, a line each.
 *
 * @throws HoldwaitError (input) CONFIG_INVALID naming all that cannot be used
 */
export async function applyConfig(
  path: string,
  command: Command,
  whole: WholeProgram,
): Promise<readonly string[]> {
  const config = leaveOutOthers(readConfig(path), command, new Set(whole.names));
  const program = needsWhole(config, command) ? await whole.load() : rootOf(command);
  const checked = checkConfig(config, program, pathOf(command));
  if (checked.problems.length > 0) {
    throw configError(path, checked.problems);
  }
  const applied = checked.settings.filter((setting) => applySetting(setting, command));
  return [describeApplied(path, applied), ...nameTargets(command, checked)];
}

/** Without the tables of other commands; those of no command stay, to be complained of. */
function leaveOutOthers(config: ConfigFile, command: Command, names: ReadonlySet<string>): ConfigFile {
  const [own] = pathOf(command);
  const isOurs = ({ table: [first] }: { readonly table: readonly string[] }) =>
    first === undefined || first === own || !names.has(first);
  return { ...config, entries: config.entries.filter(isOurs), tables: config.tables.filter(isOurs) };
}

/** Names that the command itself does not explain can only be judged with all commands at hand: loading them takes time. */
function needsWhole({ entries, tables }: ConfigFile, command: Command): boolean {
  const keys = new Set(command.options.map(configKey));
  const [own] = pathOf(command);
  return (
    entries.some(({ table, key }) => table.length === 0 && !keys.has(key)) ||
    tables.some(({ table }) => table[0] !== own)
  );
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

/** Whether it is the configuration that decides: the command line comes first, also with an option that excludes this one. */
function applySetting({ option, value }: Setting, command: Command): boolean {
  const name = option.attributeName();
  const isGiven = (one: string) => !['default', undefined].includes(command.getOptionValueSource(one));
  const rivals = command.options.filter((other) => excludes(option, other) || excludes(other, option));
  if (value === undefined || isGiven(name) || rivals.some((rival) => isGiven(rival.attributeName()))) {
    return false;
  }
  command.setOptionValueWithSource(name, value, 'config');
  return true;
}

function excludes(option: Option, other: Option): boolean {
  const { conflictsWith } = option as Option & { readonly conflictsWith: readonly string[] };
  return conflictsWith.includes(other.attributeName());
}

function describeApplied(path: string, applied: readonly Setting[]): string {
  const settings = applied.map(({ entry }) => `${entry.key} = ${JSON.stringify(entry.value)}`);
  return `configuration ${path}: ${settings.join(', ') || 'nothing for this command'}`;
}

function nameTargets(command: Command, { targets }: CheckedConfig): string[] {
  return command.registeredArguments.flatMap((argument, index) => {
    const name = command.processedArgs[index];
    const target = argument.name() === 'target' ? targets.get(name) : undefined;
    if (target === undefined) {
      return [];
    }
    command.processedArgs[index] = target;
    return [`${name} is ${target}`];
  });
}
