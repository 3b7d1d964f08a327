import { glob, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import SshConfig, { type Line, LineType, type Match, type Section } from 'ssh-config';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { matchesPatternList } from './pattern-list.ts';

/** Who asks, and where their settings are. */
export interface SshEnvironment {
  readonly home: string;
  readonly localUser: string;
  /** Read in this order; the first value of a setting counts. Missing files are no error. */
  readonly configFiles: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the files say for one host: values by lower-case keyword, split into words as the file format does. */
export interface SshConfigValues {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Settings that were there and were not understood. */
  readonly notes: readonly string[];
}

/** Settings that add up; all others take the first value found. */
const REPEATED = new Set(['identityfile']);
/** Whichever of the two comes first wins over the other. */
const RIVALS: Readonly<Record<string, string>> = { proxyjump: 'proxycommand', proxycommand: 'proxyjump' };
const MAX_INCLUDE_DEPTH = 16;

interface Walk {
  /** What relative Include paths start from: the folder of the outermost file. */
  base: string;
  readonly alias: string;
  readonly environment: SshEnvironment;
  readonly values: Map<string, string[]>;
  readonly notes: string[];
}

/**
 * Evaluates OpenSSH client configuration for a host as it was typed. `given` (user, port) comes before any file. The
 * text is parsed by ssh-config; it is evaluated here because Include is not that package's business and its own
 * evaluation runs programs (Match exec, canonical names). Throws SSH_CONFIG_INVALID (input).
 */
export async function readSshConfig(
  alias: string,
  given: Readonly<Record<string, string | undefined>>,
  environment: SshEnvironment,
): Promise<SshConfigValues> {
  const walk: Walk = { base: '', alias, environment, values: new Map(), notes: [] };
  for (const [keyword, value] of Object.entries(given)) {
    if (value !== undefined) recordValue(walk, keyword, [value]);
  }
  for (const path of environment.configFiles) {
    walk.base = dirname(path);
    await applyFile(walk, path, 0);
  }
  return walk;
}

/** `~` and `${VAR}` in a path of the configuration. */
export function expandPath(path: string, environment: SshEnvironment): string {
  const named = path.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => environment.env[name] ?? whole);
  return named === '~' || named.startsWith('~/') ? join(environment.home, named.slice(1)) : named;
}

async function applyFile(walk: Walk, path: string, depth: number): Promise<void> {
  if (depth > MAX_INCLUDE_DEPTH) throw invalidConfig(path, 'Include goes too deep');
  const lines = await parseFile(path);
  await applyLines(walk, lines, path, depth);
}

async function parseFile(path: string): Promise<readonly Line[]> {
  try {
    return SshConfig.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw invalidConfig(path, errorText(error), error);
  }
}

async function applyLines(walk: Walk, lines: readonly Line[], path: string, depth: number): Promise<void> {
  for (const line of lines) {
    if (line.type !== LineType.DIRECTIVE) continue;
    const keyword = line.param.toLowerCase();
    if (keyword === 'host' || keyword === 'match') {
      if (appliesTo(walk, line as Section, path))
        await applyLines(walk, (line as Section).config, path, depth);
    } else if (keyword === 'include') {
      for (const pattern of listWords(line.value)) await applyIncludes(walk, pattern, depth);
    } else {
      recordValue(walk, keyword, listWords(line.value));
    }
  }
}

async function applyIncludes(walk: Walk, pattern: string, depth: number): Promise<void> {
  const expanded = expandPath(pattern, walk.environment);
  const paths: string[] = [];
  for await (const path of glob(isAbsolute(expanded) ? expanded : join(walk.base, expanded)))
    paths.push(path);
  for (const path of paths.sort()) await applyFile(walk, path, depth + 1);
}

function recordValue(walk: Walk, keyword: string, words: string[]): void {
  const known = walk.values.get(keyword);
  if (known !== undefined && REPEATED.has(keyword)) known.push(...words);
  else if (known === undefined && !walk.values.has(RIVALS[keyword] ?? '')) walk.values.set(keyword, words);
}

function appliesTo(walk: Walk, section: Section, path: string): boolean {
  if (section.param.toLowerCase() === 'host') return matchesPatternList(listWords(section.value), walk.alias);
  const { criteria } = section as Match;
  return Object.entries(criteria).every(([criterion, value]) =>
    matchesCriterion(walk, criterion, value, path),
  );
}

function matchesCriterion(walk: Walk, criterion: string, value: Section['value'], path: string): boolean {
  const negated = criterion.startsWith('!');
  const keyword = criterion.replace(/^!/, '').toLowerCase();
  if (keyword === 'all') return true;
  const subject = matchSubject(walk, keyword);
  if (subject === undefined) {
    walk.notes.push(`${path}: "Match ${keyword}" is not supported, its settings are left out`);
    return false;
  }
  const patterns = listWords(value).flatMap((word) => word.split(','));
  return matchesPatternList(patterns, subject) !== negated;
}

function matchSubject(walk: Walk, keyword: string): string | undefined {
  const { values, alias, environment } = walk;
  switch (keyword) {
    case 'host':
      return values.get('hostname')?.[0]?.replaceAll('%h', alias) ?? alias;
    case 'originalhost':
      return alias;
    case 'user':
      return values.get('user')?.[0] ?? environment.localUser;
    case 'localuser':
      return environment.localUser;
    default:
      return undefined;
  }
}

function listWords(value: Section['value']): string[] {
  return typeof value === 'string' ? [value] : value.map((word) => word.val);
}

function invalidConfig(path: string, fact: string, cause?: unknown): HoldwaitError {
  return new HoldwaitError('input', 'SSH_CONFIG_INVALID', `${path}: ${fact}`, {
    cause,
    hint: `Correct the file, or try what it says with: ssh -G -F ${path} HOST`,
  });
}
