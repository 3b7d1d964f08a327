import { errorText, HoldwaitError } from '../trace/error.ts';
import type { ConnectProgress } from './ssh-client.ts';
import { formatHostPort, formatSshCommand, type SshConnection } from './ssh-connection.ts';

const NETWORK_FACTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve now',
  ETIMEDOUT: 'no answer',
};

/** Turns what ssh2 or the socket reports while connecting into the error that says which step failed. */
export function explainConnectFailure(
  connection: SshConnection,
  progress: ConnectProgress,
  error: Error,
): HoldwaitError {
  const level = (error as { level?: string }).level;
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  if (level === 'client-authentication' || isAuthDisconnect(progress, error)) {
    return authError(connection, progress, error);
  }
  if (level === 'handshake') return handshakeError(connection, error);
  const fact = NETWORK_FACTS[code] ?? (errorText(error) || code);
  return unreachableError(connection, fact, error);
}

export function explainConnectTimeout(
  connection: SshConnection,
  progress: ConnectProgress,
  timeoutMs: number,
): HoldwaitError {
  const within = `within ${timeoutMs / 1000} s`;
  if (progress.handshaken) return unreachableError(connection, `no end of authentication ${within}`);
  if (progress.reached)
    return unreachableError(connection, `the port is open but nothing spoke SSH ${within}`);
  return unreachableError(connection, `no answer ${within}`);
}

/** A jump host was reached, the host behind it was not. */
export function explainForwardFailure(connection: SshConnection, error: Error): HoldwaitError {
  const reason = errorText(error).replace(/^\(SSH\) Channel open failure: /, '');
  return unreachableError(connection, `not reachable from ${connection.jump?.name}: ${reason}`, error);
}

function unreachableError(connection: SshConnection, fact: string, cause?: unknown): HoldwaitError {
  const where = `${connection.name} (${formatHostPort(connection.host, connection.port)})`;
  return new HoldwaitError('target', 'SSH_UNREACHABLE', `${where}: ${fact}`, {
    cause,
    hint: `try it by hand: ${formatSshCommand(connection)} true`,
  });
}

function handshakeError(connection: SshConnection, error: Error): HoldwaitError {
  return new HoldwaitError('target', 'SSH_HANDSHAKE_FAILED', `${connection.name}: ${errorText(error)}`, {
    cause: error,
    hint: `compare the algorithms: ${formatSshCommand(connection)} -vv true`,
  });
}

/** sshd ends the connection after MaxAuthTries keys, instead of refusing the last. */
function isAuthDisconnect(progress: ConnectProgress, error: Error): boolean {
  return progress.handshaken && /authentication failures/i.test(errorText(error));
}

function authError(connection: SshConnection, progress: ConnectProgress, error: Error): HoldwaitError {
  const tried = progress.auth?.tried ?? [];
  const accepted = progress.auth?.accepted ?? [];
  const facts = [`login as ${connection.user} refused`, `tried ${tried.join(', ')}`];
  if (accepted.length > 0) facts.push(`the server accepts ${accepted.join(', ')}`);
  if (isAuthDisconnect(progress, error)) facts.push(`the server broke off: ${errorText(error)}`);
  return new HoldwaitError('target', 'SSH_AUTH_FAILED', `${connection.name}: ${facts.join('; ')}`, {
    cause: error,
    hint: adviseAuth(connection, tried),
  });
}

function adviseAuth(connection: SshConnection, tried: readonly string[]): string {
  const locked = tried.find((each) => each.endsWith('(encrypted, not in the agent)'));
  if (locked !== undefined)
    return `unlock the key first: ssh-add ${locked.slice(0, locked.indexOf(' (encrypted,'))}`;
  return `try it by hand: ${formatSshCommand(connection)} true`;
}
