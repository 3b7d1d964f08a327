import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, {
  type AuthHandlerMiddleware,
  type Client,
  type ConnectConfig,
  type ServerHostKeyAlgorithm,
} from 'ssh2';
import { errorText, type HoldwaitError } from '../trace/error.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { listKeyAlgorithms } from './host-keys.ts';
import { type AuthPlan, planAuth } from './ssh-auth.ts';
import type { ConnectOptions, SshConnection } from './ssh-connection.ts';
import { explainConnectFailure, explainConnectTimeout, explainForwardFailure } from './ssh-errors.ts';
import { throwIfCancelled } from './target-errors.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** A machine in trouble, which is what is looked at here, may well not answer for half a minute and go on. */
const DEFAULT_KEEPALIVE_INTERVAL_MS = 20_000;
/** A peer that answered nothing for three intervals is gone: ssh2 gives up one interval after the last counted probe. */
const KEEPALIVE_COUNT_MAX = 2;

const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** An authenticated connection, with the ones it goes through. */
export interface SshSession {
  readonly client: Client;
  /** Resolves when the connection is over, with the reason in words; never rejects. */
  readonly lost: Promise<string>;
  /** Ends this connection and those it goes through; resolves when all are closed. */
  close(): Promise<void>;
}

/** How far an attempt came, for the error that explains it. */
export interface ConnectProgress {
  /** TCP was established. */
  reached: boolean;
  /** The server proved its host key. */
  handshaken: boolean;
  auth?: AuthPlan;
}

/** Connects and authenticates, through the jump hosts if there are any. Throws the SSH_… errors, CANCELLED. */
export async function openSession(connection: SshConnection, options: ConnectOptions): Promise<SshSession> {
  throwIfCancelled(connection.name, options.signal);
  const jump = connection.jump && (await openSession(connection.jump, options));
  const client = new ssh2.Client();
  try {
    const sock = await connectClient(client, connection, options, jump);
    return watchSession(client, sock, jump, keepaliveIntervalMs(connection));
  } catch (error) {
    client.destroy();
    await jump?.close();
    throw error;
  }
}

async function connectClient(
  client: Client,
  connection: SshConnection,
  options: ConnectOptions,
  jump: SshSession | undefined,
): Promise<Duplex> {
  const timeoutMs = connection.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const progress: ConnectProgress = { reached: jump !== undefined, handshaken: false };
  const explainTimeout = () => explainConnectTimeout(connection, progress, timeoutMs);
  const deadline = startDeadline(connection.name, timeoutMs, options.signal, explainTimeout);
  try {
    const auth = await deadline.race(planAuth(connection, suspendWhileAsking(options, deadline)));
    progress.auth = auth;
    const sock = jump ? await deadline.race(forwardTo(connection, jump)) : new Socket();
    if (sock instanceof Socket) {
      // Every open channel listens to it.
      sock.setMaxListeners(0).connect({ host: connection.host, port: connection.port });
    }
    await deadline.race(handshake(client, connection, progress, auth, sock));
    return sock;
  } finally {
    deadline.clear();
  }
}

function suspendWhileAsking(options: ConnectOptions, deadline: Deadline): ConnectOptions {
  const { askPassphrase } = options;
  if (askPassphrase === undefined) return options;
  return { ...options, askPassphrase: (path) => deadline.suspend(askPassphrase(path)) };
}

function forwardTo(connection: SshConnection, jump: SshSession): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    jump.client.forwardOut('127.0.0.1', 0, connection.host, connection.port, (error, channel) => {
      if (error) reject(explainForwardFailure(connection, error));
      else resolve(channel);
    });
  });
}

function handshake(
  client: Client,
  connection: SshConnection,
  progress: ConnectProgress,
  auth: AuthPlan,
  sock: Duplex,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let refusal: HoldwaitError | undefined;
    const fail = (error: Error) => reject(refusal ?? explainConnectFailure(connection, progress, error));
    client.on('connect', () => {
      // A command is several small packets: without this each waits 40 ms for the acknowledgement of the one before.
      client.setNoDelay(true);
      progress.reached = true;
    });
    client.on('handshake', () => {
      progress.handshaken = true;
    });
    client.on('error', (error) => {
      // The agent failing on one key is not the end: ssh2 goes on to the next.
      if ((error as { level?: string }).level !== 'agent') fail(error);
    });
    client.on('close', () => fail(new Error('the connection was closed')));
    client.on('ready', resolve);
    const hostVerifier = (key: Buffer) => {
      refusal = connection.hostKeys.refuse(key);
      return refusal === undefined;
    };
    client.connect({ ...describeConnection(connection, auth), hostVerifier, sock });
  });
}

function describeConnection(connection: SshConnection, auth: AuthPlan): ConnectConfig {
  return {
    host: connection.host,
    port: connection.port,
    username: connection.user,
    // The deadline covers more than ssh2's own timer, and stops while a passphrase is typed.
    readyTimeout: 0,
    keepaliveInterval: keepaliveIntervalMs(connection),
    keepaliveCountMax: KEEPALIVE_COUNT_MAX,
    algorithms: { serverHostKey: orderHostKeyAlgorithms(connection.hostKeys.preferredTypes) },
    // Its declared type leaves out `false`, the documented way to say that nothing is left.
    authHandler: auth.offerNext as AuthHandlerMiddleware,
  };
}

function orderHostKeyAlgorithms(preferredTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const wanted = preferredTypes.flatMap(listKeyAlgorithms);
  const preferred = HOST_KEY_ALGORITHMS.filter((each) => wanted.includes(each));
  return [...preferred, ...HOST_KEY_ALGORITHMS.filter((each) => !preferred.includes(each))];
}

function keepaliveIntervalMs(connection: SshConnection): number {
  return connection.keepaliveIntervalMs ?? DEFAULT_KEEPALIVE_INTERVAL_MS;
}

function watchSession(
  client: Client,
  sock: Duplex,
  jump: SshSession | undefined,
  intervalMs: number,
): SshSession {
  let reason: string | undefined;
  client.on('error', (error) => {
    reason ??= describeLoss(error, intervalMs);
  });
  const lost = new Promise<string>((resolve) => {
    client.on('close', () => resolve(reason ?? 'the connection was closed by the other side'));
  });
  return {
    client,
    lost,
    close: async () => {
      reason ??= 'the connection was closed by holdwait';
      client.end();
      // A peer that is gone never confirms the end, and the client's own destroy() does nothing after end().
      const timer = setTimeout(() => sock.destroy(), 2_000);
      await lost;
      clearTimeout(timer);
      await jump?.close();
    },
  };
}

function describeLoss(error: Error, intervalMs: number): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (/^Keepalive timeout$/.test(error.message)) {
    return `no answer for ${(intervalMs * (KEEPALIVE_COUNT_MAX + 1)) / 1000} s`;
  }
  return code === 'ECONNRESET' || code === 'EPIPE'
    ? 'the connection was reset'
    : `the connection failed: ${errorText(error)}`;
}
