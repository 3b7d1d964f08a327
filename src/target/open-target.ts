import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HoldwaitError } from '../trace/error.ts';
import { loadKnownHosts } from './known-hosts.ts';
import { openLocal } from './local-target.ts';
import { type LocalSpec, parseSshName, type SshSpec } from './parse-target.ts';
import type { SshEnvironment } from './ssh-config.ts';
import { type ConnectOptions, formatHostPort, type SshConnection } from './ssh-connection.ts';
import { loadSshSettings, type SshSettings } from './ssh-settings.ts';
import { connectSsh } from './ssh-target.ts';
import type { Target } from './target.ts';

export interface OpenTargetOptions extends ConnectOptions {
  /** Default: the process's user, `~/.ssh/config`, `/etc/ssh/ssh_config` and environment. */
  readonly environment?: SshEnvironment;
  /** Told of settings that were left out because they are not supported. */
  readonly onNote?: (note: string) => void;
}

const MAX_JUMPS = 8;

/** Opens this machine or a host over SSH. Labs are connected with connectSsh by who knows their keys. */
export async function openTarget(
  spec: LocalSpec | SshSpec,
  options: OpenTargetOptions = {},
): Promise<Target> {
  if (spec.type === 'local') return openLocal();
  return connectSsh(await resolveSshConnection(spec, options), options);
}

/** Looks up everything the person's OpenSSH settings say of a host and of the hosts on the way to it. */
export async function resolveSshConnection(
  spec: SshSpec,
  options: OpenTargetOptions = {},
): Promise<SshConnection> {
  return resolveHop(spec, undefined, options, 0);
}

/** The settings as a person's ssh would find them. */
export function readSshEnvironment(): SshEnvironment {
  const home = homedir();
  return {
    home,
    localUser: userInfo().username,
    configFiles: [join(home, '.ssh/config'), '/etc/ssh/ssh_config'],
    env: process.env,
  };
}

async function resolveHop(
  spec: SshSpec,
  via: SshConnection | undefined,
  options: OpenTargetOptions,
  depth: number,
): Promise<SshConnection> {
  const settings = await loadSshSettings(spec, options.environment ?? readSshEnvironment());
  for (const note of settings.notes) options.onNote?.(note);
  const jump = via ?? (await resolveJumps(spec, settings, options, depth));
  const byHand = formatTypedCommand(spec);
  return {
    name: formatName(spec),
    host: settings.hostName,
    port: settings.port,
    user: settings.user,
    privateKeyPaths: settings.identityFiles,
    onlyListedKeys: settings.identitiesOnly,
    hostKeys: await loadHostKeys(spec, settings, byHand),
    byHand,
    ...(settings.agentSocket !== undefined && { agentSocket: settings.agentSocket }),
    ...(settings.connectTimeoutMs !== undefined && { connectTimeoutMs: settings.connectTimeoutMs }),
    ...(jump !== undefined && { jump }),
  };
}

/** Each hop is reached through the one before it; only the first one's own ProxyJump counts, as in OpenSSH. */
async function resolveJumps(
  spec: SshSpec,
  settings: SshSettings,
  options: OpenTargetOptions,
  depth: number,
): Promise<SshConnection | undefined> {
  if (depth + settings.proxyJump.length > MAX_JUMPS) {
    const message = `ssh configuration of ${spec.host}: ProxyJump goes over more than ${MAX_JUMPS} hosts`;
    const hint = `see which hosts it goes over: ssh -G ${spec.host} | grep -i proxyjump`;
    throw new HoldwaitError('input', 'SSH_CONFIG_INVALID', message, { hint });
  }
  let jump: SshConnection | undefined;
  for (const hop of settings.proxyJump) jump = await resolveHop(parseSshName(hop), jump, options, depth + 1);
  return jump;
}

function loadHostKeys(spec: SshSpec, settings: SshSettings, byHand: string) {
  const [path] = settings.userKnownHostsFiles;
  const accept = settings.acceptNewHosts && path !== undefined;
  return loadKnownHosts({
    name: formatName(spec),
    host: settings.hostKeyAlias ?? settings.hostName,
    port: settings.hostKeyAlias === undefined ? settings.port : 22,
    files: [...settings.userKnownHostsFiles, ...settings.globalKnownHostsFiles],
    acceptCommand: `${byHand} true`,
    ...(accept && { acceptNewInto: { path, hashNames: settings.hashKnownHosts } }),
  });
}

/** As it was typed, so that messages and hints name what the person knows. */
function formatName(spec: SshSpec): string {
  const place = spec.port === undefined ? spec.host : formatHostPort(spec.host, spec.port);
  return spec.user === undefined ? place : `${spec.user}@${place}`;
}

function formatTypedCommand(spec: SshSpec): string {
  const port = spec.port === undefined ? '' : `-p ${spec.port} `;
  return `ssh ${port}${spec.user === undefined ? '' : `${spec.user}@`}${spec.host}`;
}
