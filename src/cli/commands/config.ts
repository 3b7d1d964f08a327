import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { escapeText } from '../../report/escape.ts';
import { layoutTable } from '../../report/layout.ts';
import { fileError, HoldwaitError } from '../../trace/index.ts';
import { type CheckedConfig, checkConfig, listConfigurable } from '../config/check-config.ts';
import { readConfig } from '../config/config-file.ts';
import { type ConfigLocation, locateConfig } from '../config/config-path.ts';
import { configError } from '../config/config-problem.ts';
import { renderTemplate } from '../config/template.ts';
import { ENVIRONMENT } from '../shared/environment.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { layoutWidth, printJson, printText } from '../shared/output.ts';

interface ConfigFlags {
  readonly init?: boolean;
  readonly json?: boolean;
}

/** `holdwait config`: what the configuration file sets, and for which commands. */
export function registerConfig(program: Command, loadAll: () => Promise<Command>): void {
  const command = program
    .command('config')
    .description('print the settings of the configuration file, and where each comes from')
    .option('--init', 'write one to begin with: every setting there is, commented out; replaces none')
    .option('--json', 'print them as data')
    .action(async (flags: ConfigFlags) => {
      const location = requireLocation();
      flags.init
        ? writeTemplate(location.path, await loadAll())
        : showConfig(location, await loadAll(), flags);
    });
  addNotes(command, {
    paragraphs: [
      'The file is TOML. A key is the long name of an option without its dashes: at the top it is for every command that has the option, in a table named as a command ([capture], [lab.up]) for that one. The command line beats the table, the table beats the top. [targets] gives names to targets.',
      'It is ~/.config/holdwait/config.toml, or in $XDG_CONFIG_HOME; HOLDWAIT_CONFIG names another file, or none if it is empty.',
    ],
    exitStatus: '0 all of it can be used, 2 some of it cannot',
  });
  addExamples(command, [
    ['holdwait config', 'what is set, for which commands, in which line'],
    ['holdwait config --init', 'a file to begin with'],
    ['HOLDWAIT_CONFIG= holdwait analyze hang.sqlite', 'without any configuration'],
  ]);
}

function requireLocation(): ConfigLocation {
  const location = locateConfig();
  if (location === undefined) {
    throw new HoldwaitError('usage', 'CONFIG_OFF', 'HOLDWAIT_CONFIG is empty: no configuration is read', {
      hint: '`env -u HOLDWAIT_CONFIG holdwait config` shows that of this user.',
    });
  }
  return location;
}

function writeTemplate(path: string, program: Command): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, renderTemplate(program), { flag: 'wx' });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? existsError(path) : fileError(path, error);
  }
  printText(path);
}

function existsError(path: string): HoldwaitError {
  return new HoldwaitError('usage', 'OUTPUT_EXISTS', `${path} exists already`, {
    hint: `\`holdwait config\` shows what it sets; \`HOLDWAIT_CONFIG=new.toml holdwait config --init\` writes another one.`,
  });
}

/** What can be used is printed also if something else cannot, which then ends the command. */
function showConfig(location: ConfigLocation, program: Command, { json }: ConfigFlags): void {
  const exists = existsSync(location.path);
  const checked = exists ? checkConfig(readConfig(location.path), program) : NOTHING;
  const view = toView(location, exists, checked);
  json ? printJson(view) : printText(renderConfig(view, listConfigurable(program).length));
  if (checked.problems.length > 0) {
    throw configError(location.path, checked.problems);
  }
}

const NOTHING: CheckedConfig = { settings: [], targets: new Map(), problems: [] };

type ConfigView = ReturnType<typeof toView>;

function toView(
  { path, from }: ConfigLocation,
  exists: boolean,
  { settings, targets, problems }: CheckedConfig,
) {
  const byEntry = Map.groupBy(settings, ({ entry }) => entry);
  return {
    path,
    from,
    exists,
    settings: [...byEntry]
      .map(([{ key, value, table, line }, uses]) => ({
        key,
        value,
        table: table.join('.'),
        line,
        commands: uses.map(({ path: words }) => words.join(' ')),
      }))
      .sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    targets: Object.fromEntries(targets),
    environment: Object.fromEntries(
      ENVIRONMENT.flatMap(([name]) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    problems,
  };
}

/** @param all number of the commands that can be configured */
function renderConfig(
  { path, from, exists, settings, targets, environment }: ConfigView,
  all: number,
): string {
  const because = from === 'default' ? '' : `, named by ${from}`;
  const state = exists ? '' : '; there is none: `holdwait config --init` writes one to begin with';
  return [
    `${escapeText(path)}${because}${state}`,
    ...section(
      'Settings',
      settings.map(({ key, value, line, commands }) => [
        `${key} = ${JSON.stringify(value)}`,
        line === undefined ? '' : `line ${line}`,
        `for ${commands.length === all ? 'every command' : commands.join(', ')}`,
      ]),
    ),
    ...section('Targets', Object.entries(targets)),
    ...section('From the environment', Object.entries(environment)),
  ].join('\n');
}

function section(title: string, rows: readonly (readonly (string | undefined)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => `${escapeText(cell ?? '')}`));
  const columns = rows[0]?.map((_, i, { length }) => (i === length - 1 ? {} : { share: 0.4 })) ?? [];
  const lines = layoutTable(columns, cells, layoutWidth(undefined) - INDENT.length);
  return rows.length === 0 ? [] : ['', title, ...lines.map((line) => INDENT + line)];
}

const INDENT = '  ';
