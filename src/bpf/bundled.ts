import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { HoldwaitError } from '../trace/error.ts';
import { parseScript, type Script } from './script.ts';

/** Scripts of a capture that names none: the four documented hooks and what their holders need. */
export const DEFAULT_SCRIPTS = [
  'folio-lock',
  'folio-writeback',
  'page-table-alloc',
  'percpu-alloc',
  'reclaim',
] as const;

/** Part of every capture: without it there is no time 0 and no sign of life. */
const CLOCK_SCRIPT = 'clock';

export function listBundledScripts(): readonly string[] {
  return readdirSync(scriptFolder())
    .filter((file) => file.endsWith('.bt'))
    .map((file) => file.slice(0, -'.bt'.length))
    .sort();
}

/**
 * Loads scripts by name; `default` and `all` stand for sets. The clock comes first whether it is named or not.
 *
 * @throws HoldwaitError `SCRIPT_UNKNOWN`
 */
export function loadScripts(names: readonly string[]): readonly Script[] {
  const known = listBundledScripts();
  const wanted = new Set([CLOCK_SCRIPT, ...names.flatMap((name) => expandSet(name, known))]);
  return [...wanted].map((name) => {
    if (!known.includes(name)) {
      throw new HoldwaitError('usage', 'SCRIPT_UNKNOWN', `there is no bundled script "${name}"`, {
        hint: `Choose from: default, all, ${known.join(', ')}.`,
      });
    }
    return parseScript(name, readFileSync(join(scriptFolder(), `${name}.bt`), 'utf8'));
  });
}

function expandSet(name: string, known: readonly string[]): readonly string[] {
  if (name === 'default') {
    return DEFAULT_SCRIPTS;
  }
  return name === 'all' ? known : [name];
}

function scriptFolder(): string {
  return join(packageRoot(), 'bpf-scripts');
}
