import type { Command, Option } from 'commander';
import { parseTargetName } from '../../target/parse-target.ts';
import { errorText } from '../../trace/index.ts';
import { listCommands, listLeaves, type PlacedCommand } from '../shared/command-tree.ts';
import { findSimilar } from '../shared/similar.ts';
import type { ConfigEntry, ConfigFile } from './config-file.ts';
import type { ConfigProblem } from './config-problem.ts';
import { configKey, parseConfigValue } from './config-value.ts';
import { isSameTable } from './is-same-table.ts';
import { isConfigurable, REFUSED_KEYS } from './refused-keys.ts';

/** An option of a command and what the configuration sets it to. */
export interface Setting {
  readonly entry: ConfigEntry;
  readonly path: readonly string[];
  readonly option: Option;
  /** Parsed; undefined = as if it had not been given. */
  readonly value: unknown;
}

export interface CheckedConfig {
  readonly settings: readonly Setting[];
  readonly targets: ReadonlyMap<string, string>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Compares a configuration with all commands: what it sets, and what in it cannot be used.
 *
 * @param only the words of the one command whose values matter; of the others only the names are checked
 */
export function checkConfig(config: ConfigFile, program: Command, only?: readonly string[]): CheckedConfig {
  const leaves = listConfigurable(program);
  const problems = [...findTableProblems(config, program), ...findKeyProblems(config, leaves)];
  const wanted = leaves.filter(({ path }) => only === undefined || isSameTable(path, only));
  const settings = wanted.flatMap((leaf) => listSettings(config, leaf, problems));
  const targets = readTargets(config, problems);
  return { settings, targets, problems: dropRepeated(problems) };
}

/** The commands that a configuration can say something of. */
export function listConfigurable(program: Command): PlacedCommand[] {
  return listLeaves(program).filter(({ path }) => isConfigurable(path));
}

/** The table of a command beats the top. */
function listSettings(config: ConfigFile, leaf: PlacedCommand, problems: ConfigProblem[]): Setting[] {
  return leaf.command.options.flatMap((option) => {
    const key = configKey(option);
    const entry =
      config.entries.find((one) => one.key === key && isSameTable(one.table, leaf.path)) ??
      config.entries.find((one) => one.key === key && one.table.length === 0);
    if (entry === undefined || REFUSED_KEYS.has(key)) {
      return [];
    }
    try {
      return [{ entry, path: leaf.path, option, value: parseConfigValue(option, entry.value, config.path) }];
    } catch (error) {
      problems.push({
        line: entry.line,
        message: `${entry.key} cannot be ${JSON.stringify(entry.value)} for \`${leaf.path.join(' ')}\`: ${errorText(error)}`,
      });
      return [];
    }
  });
}

function findTableProblems({ tables }: ConfigFile, program: Command): ConfigProblem[] {
  const commands = listCommands(program).filter(({ path }) => isConfigurable(path));
  const names = commands
    .filter(({ command }) => command.commands.length === 0)
    .map(({ path }) => path.join('.'));
  return tables.flatMap(({ table, line }) => {
    const found = commands.find(({ path }) => isSameTable(path, table));
    if (found !== undefined) {
      return [];
    }
    const similar = findSimilar(table.join('.'), [...names, 'targets']);
    const advice =
      similar === undefined
        ? 'a table is named as a command is called: [analyze], [lab.up]'
        : `did you mean [${similar}]?`;
    return [{ line, message: `[${table.join('.')}] is no command that can be configured`, advice }];
  });
}

function findKeyProblems({ entries }: ConfigFile, leaves: readonly PlacedCommand[]): ConfigProblem[] {
  return entries.flatMap(({ table, key, line }) => {
    const within = leaves.filter(({ path }) => table.every((word, i) => word === path[i]));
    const holders = table.length === 0 ? leaves : leaves.filter(({ path }) => isSameTable(path, table));
    const keys = new Set(holders.flatMap(({ command }) => command.options.map(configKey)));
    const refusal = REFUSED_KEYS.get(key);
    if (within.length === 0) {
      return [];
    }
    if (!keys.has(key)) {
      return [{ line, message: unknownKey(table, key), advice: advise(table, key, keys, within) }];
    }
    return refusal === undefined
      ? []
      : [
          {
            line,
            message: `${key} cannot be set here: ${refusal}`,
            advice: `give --${key} with the command`,
          },
        ];
  });
}

function unknownKey(table: readonly string[], key: string): string {
  return table.length === 0
    ? `no command has the option --${key}`
    : `\`${table.join(' ')}\` has no option --${key}`;
}

function advise(
  table: readonly string[],
  key: string,
  keys: ReadonlySet<string>,
  within: readonly PlacedCommand[],
): string {
  const similar = findSimilar(
    key,
    [...keys].filter((one) => !REFUSED_KEYS.has(one)),
  );
  if (similar !== undefined) {
    return `did you mean ${similar}?`;
  }
  const owner = within.find(({ command }) => command.options.some((option) => configKey(option) === key));
  if (owner !== undefined) {
    return `did you mean it for [${owner.path.join('.')}]?`;
  }
  return `\`holdwait ${[...table, '--help'].join(' ')}\` prints the options`;
}

function readTargets({ targets }: ConfigFile, problems: ConfigProblem[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { table, key, value, line } of targets) {
    const fault = table.length > 1 ? 'it is a table' : findTargetFault(key, value);
    if (fault === undefined) {
      found.set(key, String(value));
    } else {
      const advice = 'a target is named so: db = "root@db1:2222"';
      problems.push({
        line,
        message: `${[...table.slice(1), key].join('.')} in [targets]: ${fault}`,
        advice,
      });
    }
  }
  return found;
}

function findTargetFault(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9][\w.-]*$/i.test(name) || name === 'local' || name === 'lab') {
    return 'a name of letters, digits, dots, dashes and underscores is needed, other than local and lab';
  }
  if (typeof value !== 'string') {
    return 'a text in quotes is needed';
  }
  try {
    parseTargetName(value);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** In the order of the file, once each: a value at the top is parsed for every command that has the option. */
function dropRepeated(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems
    .filter(({ line, message }) => {
      const key = `${line} ${message.replace(/ for `.*?`/, '')}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    })
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
