import type { HostKeyCheck } from './host-keys.ts';

/** Everything needed to reach one host over SSH, with nothing left to look up. */
export interface SshConnection {
  /** As the user would write it: `root@db1`, `lab:default`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private keys in the order they are offered; one that does not exist is named in the error if none is accepted. */
  readonly privateKeyPaths: readonly string[];
  /** Socket of an authentication agent. */
  readonly agentSocket?: string;
  /** Offer only those keys of the agent that privateKeyPaths lists (IdentitiesOnly). */
  readonly onlyListedKeys?: boolean;
  readonly hostKeys: HostKeyCheck;
  /** Connect through this host first (ProxyJump). */
  readonly jump?: SshConnection;
  /** For reaching and authenticating each host on the way. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** A peer that answers nothing for three of them is gone. Default 20,000. */
  readonly keepaliveIntervalMs?: number;
  /** The ssh command by which the person would reach this host, for hints. */
  readonly byHand?: string;
}

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Asked for an encrypted key that the agent does not have; undefined skips the key. */
  readonly askPassphrase?: (keyPath: string) => Promise<string | undefined>;
}

/** `host:port`, with the port only where it is not 22 and IPv6 in brackets before it. */
export function formatHostPort(host: string, port: number): string {
  if (port === 22) return host;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The ssh command that reaches the same host by hand. */
export function formatSshCommand(connection: SshConnection): string {
  const port = connection.port === 22 ? '' : `-p ${connection.port} `;
  return connection.byHand ?? `ssh ${port}${connection.user}@${connection.host}`;
}
