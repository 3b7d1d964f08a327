import { hostname } from 'node:os';
import { HoldwaitError } from '../trace/error.ts';
import type { SshSpec } from './parse-target.ts';
import { expandPath, readSshConfig, type SshConfigValues, type SshEnvironment } from './ssh-config.ts';

/** The settings that matter here, with tokens and defaults filled in. */
export interface SshSettings {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly agentSocket: string | undefined;
  /** Hops in the order they are passed. */
  readonly proxyJump: readonly string[];
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly acceptNewHosts: boolean;
  readonly hashKnownHosts: boolean;
  readonly hostKeyAlias: string | undefined;
  readonly connectTimeoutMs: number | undefined;
  readonly notes: readonly string[];
}

const DEFAULT_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
const DEFAULT_USER_KNOWN_HOSTS = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const DEFAULT_GLOBAL_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

/** What the person's OpenSSH configuration says of a host. Throws SSH_CONFIG_INVALID, SSH_CONFIG_UNSUPPORTED. */
export async function loadSshSettings(spec: SshSpec, environment: SshEnvironment): Promise<SshSettings> {
  const given = { user: spec.user, port: spec.port?.toString() };
  const config = await readSshConfig(spec.host, given, environment);
  refuseProxyCommand(spec, config);
  const first = (keyword: string) => config.values.get(keyword)?.[0];
  const isOn = (keyword: string) => first(keyword)?.toLowerCase() === 'yes';
  const hostName = expandTokens(first('hostname') ?? spec.host, { '%': '%', h: spec.host, n: spec.host });
  const port = parseNumber(spec, 'Port', first('port')) ?? 22;
  const user = first('user') ?? environment.localUser;
  const tokens = listTokens(spec, { hostName, port, user }, environment);
  const paths = (keyword: string, fallback: readonly string[]) =>
    (config.values.get(keyword) ?? fallback)
      .filter((path) => path !== 'none')
      .map((path) => expandPath(expandTokens(path, tokens), environment));
  const timeoutSeconds = parseNumber(spec, 'ConnectTimeout', first('connecttimeout'));
  return {
    hostName,
    port,
    user,
    identityFiles: paths('identityfile', DEFAULT_IDENTITIES),
    identitiesOnly: isOn('identitiesonly'),
    agentSocket: findAgent(first('identityagent'), tokens, environment),
    proxyJump: listHops(first('proxyjump')),
    userKnownHostsFiles: paths('userknownhostsfile', DEFAULT_USER_KNOWN_HOSTS),
    globalKnownHostsFiles: paths('globalknownhostsfile', DEFAULT_GLOBAL_KNOWN_HOSTS),
    acceptNewHosts: /^(accept-new|no|off)$/i.test(first('stricthostkeychecking') ?? ''),
    hashKnownHosts: isOn('hashknownhosts'),
    hostKeyAlias: first('hostkeyalias'),
    // 0 is OpenSSH's word for the system's default.
    connectTimeoutMs: timeoutSeconds ? timeoutSeconds * 1000 : undefined,
    notes: config.notes,
  };
}

type Tokens = Readonly<Record<string, string>>;

function listTokens(
  spec: SshSpec,
  found: { readonly hostName: string; readonly port: number; readonly user: string },
  environment: SshEnvironment,
): Tokens {
  return {
    '%': '%',
    d: environment.home,
    h: found.hostName,
    i: String(process.getuid?.() ?? ''),
    l: hostname(),
    L: hostname().split('.')[0]!,
    n: spec.host,
    p: String(found.port),
    r: found.user,
    u: environment.localUser,
  };
}

/** `%h` and the like; a token that is not known stays as it is. */
function expandTokens(text: string, tokens: Tokens): string {
  return text.replaceAll(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole);
}

function findAgent(
  setting: string | undefined,
  tokens: Tokens,
  environment: SshEnvironment,
): string | undefined {
  if (setting === 'none') return undefined;
  const socket = environment.env.SSH_AUTH_SOCK || undefined;
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return socket;
  if (/^\$\w+$/.test(setting)) return environment.env[setting.slice(1)] || undefined;
  return expandPath(expandTokens(setting, tokens), environment);
}

function listHops(setting: string | undefined): string[] {
  if (setting === undefined || setting.toLowerCase() === 'none') return [];
  return setting.split(',').map((hop) => hop.trim().replace(/^ssh:\/\//, ''));
}

function parseNumber(spec: SshSpec, keyword: string, text: string | undefined): number | undefined {
  if (text === undefined || text.toLowerCase() === 'none') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new HoldwaitError(
    'input',
    'SSH_CONFIG_INVALID',
    `ssh configuration of ${spec.host}: ${keyword} is "${text}"`,
    { hint: `${keyword} takes a number; see where it is set: ssh -G -v ${spec.host}` },
  );
}

function refuseProxyCommand(spec: SshSpec, config: SshConfigValues): void {
  const command = config.values.get('proxycommand')?.join(' ');
  if (command === undefined || command.toLowerCase() === 'none') return;
  const message = `ssh configuration of ${spec.host}: ProxyCommand is not supported ("${command}")`;
  throw new HoldwaitError('usage', 'SSH_CONFIG_UNSUPPORTED', message, {
    hint: 'use ProxyJump for this host, or forward a port with ssh -L and name localhost:PORT as the target',
  });
}
