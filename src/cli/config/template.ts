import type { Command, Option } from 'commander';
import { wrap } from '../../report/layout.ts';
import { listConfigurable } from './check-config.ts';
import { configKey, takesValue } from './config-value.ts';
import { REFUSED_KEYS } from './refused-keys.ts';

const WIDTH = 98;

/** Every setting there is, commented out, with what it is unless it is set. */
export function renderTemplate(program: Command): string {
  const holders = collectHolders(program);
  const all = listConfigurable(program).length;
  const shared = [...holders.values()].filter((setting) => setting.commands.length > 1);
  const own = [...holders.values()].filter((setting) => setting.commands.length === 1);
  const tables = Map.groupBy(own, ({ commands }) => commands[0]!);
  return [
    ...comment(HEAD),
    ...shared.flatMap((setting) => ['', ...renderSetting(setting, nameHolders(setting, all))]),
    ...[...tables].flatMap(([name, settings]) => [
      '',
      `[${name}]`,
      ...settings.flatMap((setting) => renderSetting(setting)),
    ]),
    '',
    '[targets]',
    ...comment('Names for targets, to be given instead of them.'),
    '# db = "root@db1:2222"',
    '',
  ].join('\n');
}

const HEAD =
  'Defaults for holdwait. A setting here, at the top, is for every command that has the option; one in the table of a command beats it, and the command line beats both. Names of files count from the folder of this one.';

/** An option as some commands have it. */
interface TemplateSetting {
  readonly option: Option;
  readonly commands: string[];
}

/** Options of the same name that mean something else, as the `--keep` of two commands, are apart. */
function collectHolders(program: Command): ReadonlyMap<string, TemplateSetting> {
  const holders = new Map<string, TemplateSetting>();
  for (const { path, command } of listConfigurable(program)) {
    for (const option of command.options) {
      if (!REFUSED_KEYS.has(configKey(option))) {
        const setting = holders.get(option.flags) ?? { option, commands: [] };
        setting.commands.push(path.join('.'));
        holders.set(option.flags, setting);
      }
    }
  }
  return holders;
}

function renderSetting({ option }: TemplateSetting, note?: string): string[] {
  const text = note === undefined ? option.description : `${option.description} (${note})`;
  return [...comment(text), `# ${configKey(option)} = ${describeDefault(option)}`.trimEnd()];
}

function nameHolders({ commands }: TemplateSetting, all: number): string {
  return commands.length === all ? 'for every command' : `for ${commands.join(', ')}`;
}

function comment(text: string): string[] {
  return wrap(text, WIDTH).map((line) => `# ${line}`);
}

/** In TOML; nothing where there is none, so that the line has to be completed to be used. */
function describeDefault(option: Option): string {
  const { defaultValue, defaultValueDescription } = option;
  if (!takesValue(option)) {
    return 'false';
  }
  if (defaultValue === undefined || Array.isArray(defaultValue)) {
    return '';
  }
  return JSON.stringify(defaultValueDescription ?? defaultValue);
}
