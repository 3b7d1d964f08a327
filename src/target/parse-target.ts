import { HoldwaitError } from '../trace/error.ts';

/** A target as a person names it, taken apart. */
export type TargetSpec = LocalSpec | LabSpec | SshSpec;

export interface LocalSpec {
  readonly type: 'local';
}

export interface LabSpec {
  readonly type: 'lab';
  readonly lab: string;
}

export interface SshSpec {
  readonly type: 'ssh';
  /** A name in the ssh configuration, a host name or an address (IPv6 without its brackets). */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

export const DEFAULT_LAB = 'default';

/**
 * Reads `local`, `lab`, `lab:NAME` or `[user@]host[:port]`. A host that is called `lab` or `local` is reached with a
 * user before it. Throws TARGET_NAME_INVALID (usage).
 */
export function parseTargetName(text: string): TargetSpec {
  if (text === 'local') return { type: 'local' };
  if (text === 'lab' || text.startsWith('lab:')) return parseLab(text);
  return parseSshName(text);
}

/** `[user@]host[:port]`; also one hop of ProxyJump. */
export function parseSshName(text: string): SshSpec {
  const at = text.lastIndexOf('@');
  const user = at < 0 ? undefined : text.slice(0, at);
  if (user === '') throw invalidName(text, 'there is no user before the @');
  const [host, port] = splitPort(text, text.slice(at + 1));
  if (host === '') throw invalidName(text, 'there is no host');
  // A leading dash would be read as an option by every ssh tool a hint may name.
  if (/^-|[\s/\\'"]/.test(host) || user?.startsWith('-')) throw invalidName(text, 'this cannot be a host');
  return { type: 'ssh', host, ...(user !== undefined && { user }), ...(port !== undefined && { port }) };
}

function parseLab(text: string): LabSpec {
  const lab = text === 'lab' ? DEFAULT_LAB : text.slice('lab:'.length);
  if (/^[a-z0-9][a-z0-9._-]*$/i.test(lab)) return { type: 'lab', lab };
  throw invalidName(text, 'a lab name is made of letters, digits, dot, dash and underscore');
}

function splitPort(text: string, place: string): [host: string, port: number | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(place);
  if (bracketed !== null) return [bracketed[1]!, parsePort(text, bracketed[2])];
  const [host, port, ...rest] = place.split(':');
  if (rest.length > 0) throw invalidName(text, `an IPv6 address needs brackets: [${place}] or [${place}]:22`);
  return [host!, parsePort(text, port)];
}

function parsePort(text: string, digits: string | undefined): number | undefined {
  if (digits === undefined) return undefined;
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65535) throw invalidName(text, `"${digits}" is not a port`);
  return port;
}

function invalidName(text: string, fact: string): HoldwaitError {
  return new HoldwaitError('usage', 'TARGET_NAME_INVALID', `"${text}" is not a target: ${fact}`, {
    hint: 'targets are: local, lab, lab:NAME, [user@]host[:port]',
  });
}
