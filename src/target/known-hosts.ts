import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { describeKey, type HostKeyCheck, readKeyType } from './host-keys.ts';
import { matchesPatternList } from './pattern-list.ts';

/** One line of a known_hosts file. */
export interface KnownHost {
  /** `/home/a/.ssh/known_hosts:12` */
  readonly place: string;
  readonly marker: 'trusted' | 'revoked' | 'cert-authority';
  /** Comma-separated patterns, or one hashed name. */
  readonly names: string;
  readonly key: Buffer;
}

export interface KnownHostsOptions {
  /** The target's name, for messages. */
  readonly name: string;
  /** Host name or HostKeyAlias. */
  readonly host: string;
  readonly port: number;
  readonly files: readonly string[];
  /** Add a host that is not known to this file instead of refusing it (StrictHostKeyChecking accept-new). */
  readonly acceptNewInto?: { readonly path: string; readonly hashNames: boolean };
  /** The ssh command that shows the same key and lets the person accept it. */
  readonly acceptCommand: string;
}

/** A check against known_hosts files; files that do not exist know nobody. */
export async function loadKnownHosts(options: KnownHostsOptions): Promise<HostKeyCheck> {
  const texts = await Promise.all(options.files.map(readKnownHostsFile));
  const entries = options.files.flatMap((path, index) => parseKnownHosts(texts[index]!, path));
  const about = findKnownHosts(entries, options.host, options.port);
  return {
    preferredTypes: [...new Set(about.trusted.map((entry) => readKeyType(entry.key)))],
    refuse: (key) => refuseKey(key, about, options),
  };
}

/** Lines that are neither entries nor comments are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, path: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, `${path}:${index + 1}`) ?? []);
}

interface HostEntries {
  readonly trusted: readonly KnownHost[];
  /** Known without its port; good for accepting, not for refusing. */
  readonly trustedWithoutPort: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
  readonly authorities: readonly KnownHost[];
}

/** What the entries say of a host: by `[host]:port` unless the port is 22. */
export function findKnownHosts(entries: readonly KnownHost[], host: string, port: number): HostEntries {
  const name = formatKnownName(host, port);
  const matching = entries.filter((entry) => matchesNames(entry.names, name));
  const select = (marker: KnownHost['marker']) => matching.filter((entry) => entry.marker === marker);
  const bare = host.toLowerCase();
  return {
    trusted: select('trusted'),
    trustedWithoutPort: entries.filter(
      (entry) => entry.marker === 'trusted' && matchesNames(entry.names, bare),
    ),
    revoked: select('revoked'),
    authorities: select('cert-authority'),
  };
}

function refuseKey(key: Buffer, about: HostEntries, options: KnownHostsOptions): HoldwaitError | undefined {
  const revoked = about.revoked.find((entry) => entry.key.equals(key));
  if (revoked !== undefined) return revokedError(key, revoked, options);
  const trusted = about.trusted.length > 0 ? about.trusted : about.trustedWithoutPort;
  if (trusted.some((entry) => entry.key.equals(key))) return undefined;
  if (about.trusted.length > 0) return changedError(key, about.trusted, options);
  if (options.acceptNewInto === undefined) return unknownError(key, about, options);
  return rememberKey(key, options, options.acceptNewInto);
}

function revokedError(key: Buffer, entry: KnownHost, options: KnownHostsOptions): HoldwaitError {
  const message = `${options.name}: the host key ${describeKey(key)} is revoked by ${entry.place}`;
  const hint = 'do not connect; ask whoever keeps that file why the key was revoked';
  return new HoldwaitError('target', 'SSH_HOST_KEY_REVOKED', message, { hint });
}

function changedError(key: Buffer, known: readonly KnownHost[], options: KnownHostsOptions): HoldwaitError {
  const places = known.map((entry) => `${describeKey(entry.key)} (${entry.place})`).join(', ');
  const message = `${options.name}: the host key has changed: it is ${describeKey(key)}, known is ${places}`;
  const path = known[0]!.place.replace(/:\d+$/, '');
  const forget = `ssh-keygen -R '${formatKnownName(options.host, options.port)}' -f '${path}'`;
  const hint = `somebody may be in between. If the host was really reinstalled: ${forget} && ${options.acceptCommand}`;
  return new HoldwaitError('target', 'SSH_HOST_KEY_CHANGED', message, { hint });
}

function unknownError(key: Buffer, about: HostEntries, options: KnownHostsOptions): HoldwaitError {
  const authority = about.authorities[0];
  const note =
    authority === undefined
      ? ''
      : `; ${authority.place} names a certificate authority, which is not supported`;
  const message = `${options.name}: the host is not known; its key is ${describeKey(key)}${note}`;
  const hint = `if the fingerprint is right, accept it: ${options.acceptCommand}`;
  return new HoldwaitError('target', 'SSH_HOST_KEY_UNKNOWN', message, { hint });
}

function rememberKey(
  key: Buffer,
  options: KnownHostsOptions,
  into: NonNullable<KnownHostsOptions['acceptNewInto']>,
): HoldwaitError | undefined {
  const name = formatKnownName(options.host, options.port);
  const written = into.hashNames ? hashName(name, randomBytes(20)) : name;
  try {
    mkdirSync(dirname(into.path), { recursive: true, mode: 0o700 });
    appendFileSync(into.path, `${written} ${readKeyType(key)} ${key.toString('base64')}\n`, { mode: 0o600 });
    return undefined;
  } catch (error) {
    const message = `${options.name}: the new host key ${describeKey(key)} cannot be kept: ${errorText(error)}`;
    return new HoldwaitError('target', 'SSH_HOST_KEY_UNKNOWN', message, {
      cause: error,
      hint: `make ${into.path} writable for this user, then: ${options.acceptCommand}`,
    });
  }
}

function parseLine(line: string, place: string): KnownHost | undefined {
  const words = line.trim().split(/\s+/);
  if (words[0] === '' || words[0]!.startsWith('#')) return undefined;
  const marked = words[0]!.startsWith('@') ? words.shift()!.slice(1) : 'trusted';
  const [names, keyType, blob] = words;
  if (marked !== 'trusted' && marked !== 'revoked' && marked !== 'cert-authority') return undefined;
  if (names === undefined || keyType === undefined || blob === undefined) return undefined;
  const key = Buffer.from(blob, 'base64');
  return readKeyType(key) === keyType ? { place, marker: marked, names, key } : undefined;
}

function matchesNames(names: string, name: string): boolean {
  const salt = /^\|1\|([^|]+)\|/.exec(names)?.[1];
  if (salt !== undefined) return names === hashName(name, Buffer.from(salt, 'base64'));
  return matchesPatternList(names.toLowerCase().split(','), name);
}

function hashName(name: string, salt: Buffer): string {
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

function formatKnownName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

async function readKnownHostsFile(path: string): Promise<string> {
  // A file that cannot be read vouches for nobody, which refuses: the safe side.
  return readFile(path, 'utf8').catch(() => '');
}
