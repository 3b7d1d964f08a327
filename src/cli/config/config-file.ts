import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { errorText, fileError } from '../../trace/index.ts';
import { type ConfigProblem, configError } from './config-problem.ts';
import { findKeyLine, findTableLine } from './find-line.ts';

/** `key = value` of a configuration file, wherever it stands in it. */
export interface ConfigEntry {
  /** Words of the table, `['lab', 'up']`; none at the top. */
  readonly table: readonly string[];
  readonly key: string;
  readonly value: unknown;
  readonly line: number | undefined;
}

/** A configuration as it is written; what it means is for checkConfig() to say. */
export interface ConfigFile {
  readonly path: string;
  readonly entries: readonly ConfigEntry[];
  readonly tables: readonly { readonly table: readonly string[]; readonly line: number | undefined }[];
  /** What `[targets]` holds. */
  readonly targets: readonly ConfigEntry[];
}

const TARGETS = 'targets';

/** @throws HoldwaitError (input) FILE_*; CONFIG_INVALID if it is not TOML */
export function readConfig(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(
      path,
      error,
      'Commands read their defaults there; HOLDWAIT_CONFIG= before one does without.',
    );
  }
  return parseConfig(text, path);
}

/** @throws HoldwaitError (input) CONFIG_INVALID if the text is not TOML */
export function parseConfig(text: string, path: string): ConfigFile {
  const lines = text.split('\n');
  const entries: ConfigEntry[] = [];
  const tables: { table: readonly string[]; line: number | undefined }[] = [];
  const waiting: { table: readonly string[]; values: object }[] = [
    { table: [], values: parseToml(text, path) },
  ];
  for (const { table, values } of waiting) {
    for (const [key, value] of Object.entries(values)) {
      if (isTable(value)) {
        const inner = [...table, key];
        tables.push({ table: inner, line: findTableLine(lines, inner) });
        waiting.push({ table: inner, values: value });
      } else {
        entries.push({ table, key, value, line: findKeyLine(lines, table, key) });
      }
    }
  }
  const isTarget = ({ table }: { readonly table: readonly string[] }) => table[0] === TARGETS;
  return {
    path,
    entries: entries.filter((entry) => !isTarget(entry)),
    tables: tables.filter((table) => !isTarget(table)),
    targets: entries.filter(isTarget),
  };
}

function parseToml(text: string, path: string): object {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw' });
  } catch (error) {
    throw configError(path, [toProblem(error)]);
  }
}

function toProblem(error: unknown): ConfigProblem {
  // Behind the first line the parser draws the place, which the number of the line says shorter.
  const said = errorText(error).split('\n')[0]!;
  return { message: said, line: error instanceof TomlError ? error.line : undefined };
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
