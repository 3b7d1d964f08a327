import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryFindProgram } from './find-program.ts';
import { vmFolder } from './image.ts';

/** A Debian package that the lab needs on this machine. */
export interface Dependency {
  readonly name: string;
  readonly reason: string;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation
const INSTALLED_FORMAT = '${Package} ${db:Status-Status}\n';

/** The packages of one section of vm/deps/debian.txt. */
export function listDependencies(section = 'lab'): Dependency[] {
  return parseDependencies(readFileSync(join(vmFolder(), 'deps/debian.txt'), 'utf8'), section);
}

/** Lines of `NAME  REASON` below `[section]`; `#` begins a comment line. */
export function parseDependencies(text: string, section: string): Dependency[] {
  const found: Dependency[] = [];
  let current = '';
  for (const line of text.split('\n')) {
    current = /^\[(.+)\]$/.exec(line.trim())?.[1] ?? current;
    const entry = /^([a-z0-9][a-z0-9.+-]*)\s+(.+)$/.exec(line);
    if (entry !== null && current === section) {
      found.push({ name: entry[1]!, reason: entry[2]!.trim() });
    }
  }
  return found;
}

/** Those that dpkg does not have installed; undefined where there is no dpkg to ask. */
export function tryListMissing(dependencies: readonly Dependency[]): Dependency[] | undefined {
  const dpkgQuery = tryFindProgram('dpkg-query');
  if (dpkgQuery === undefined || tryFindProgram('apt-get') === undefined) {
    return undefined;
  }
  const names = dependencies.map(({ name }) => name);
  // Exit status 1 only says that some are unknown to dpkg.
  const asked = spawnSync(dpkgQuery, ['-W', '-f', INSTALLED_FORMAT, ...names], { encoding: 'utf8' });
  const installed = new Set(asked.stdout.split('\n'));
  return dependencies.filter(({ name }) => !installed.has(`${name} installed`));
}

/** Commands that install packages, each as a program and its arguments; sudo where this process is not root. */
export function installCommands(names: readonly string[], isRoot = process.getuid?.() === 0): string[][] {
  const asRoot = isRoot ? [] : ['sudo'];
  return [
    [...asRoot, 'apt-get', 'update'],
    [...asRoot, 'apt-get', 'install', '-y', '--no-install-recommends', ...names],
  ];
}
