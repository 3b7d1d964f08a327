import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { HoldwaitError } from '../trace/error.ts';
import { parseScript, type Script, type ScriptVariant } from './script.ts';

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

/** A file of this name stands in for the script NAME on kernels before X.Y. */
const VARIANT_NAME = /^(.+)-pre-(\d+)\.(\d+)$/;

/** Names to choose from; what stands in for a script on older kernels is not a script of its own. */
export function listBundledScripts(): readonly string[] {
  return listFiles().filter((name) => !VARIANT_NAME.test(name));
}

/**
 * Loads scripts by name, each with what stands in for it on older kernels; `default` and `all` stand for sets. The clock
 * comes first whether it is named or not.
 *
 * @throws HoldwaitError `SCRIPT_UNKNOWN`
 */
export function loadScripts(names: readonly string[]): readonly Script[] {
  const files = listFiles();
  const known = listBundledScripts();
  const wanted = new Set([CLOCK_SCRIPT, ...names.flatMap((name) => expandSet(name, known))]);
  return [...wanted].map((name) => {
    if (!known.includes(name)) {
      throw new HoldwaitError('usage', 'SCRIPT_UNKNOWN', `there is no bundled script "${name}"`, {
        hint: `Choose from: default, all, ${known.join(', ')}.`,
      });
    }
    return { ...loadScript(name), variants: loadVariants(name, files) };
  });
}

function loadVariants(name: string, files: readonly string[]): readonly ScriptVariant[] {
  return files
    .flatMap((file): ScriptVariant[] => {
      const [, of, major, minor] = VARIANT_NAME.exec(file) ?? [];
      return of === name ? [{ before: [Number(major), Number(minor)], script: loadScript(file) }] : [];
    })
    .sort((a, b) => a.before[0] - b.before[0] || a.before[1] - b.before[1]);
}

function loadScript(name: string): Script {
  return parseScript(name, readFileSync(join(scriptFolder(), `${name}.bt`), 'utf8'));
}

function listFiles(): readonly string[] {
  return readdirSync(scriptFolder())
    .filter((file) => file.endsWith('.bt'))
    .map((file) => file.slice(0, -'.bt'.length))
    .sort();
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
