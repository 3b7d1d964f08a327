import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const SSHD_PATH = '/usr/sbin/sshd';

/** Reason to skip, shown by the runner, or false. */
export const NO_SSHD: string | false = existsSync(SSHD_PATH)
  ? false
  : 'no /usr/sbin/sshd: install openssh-server';

/** A real sshd on loopback with its own keys and configuration, started without touching the system's. */
export interface TestSshd {
  readonly dir: string;
  readonly port: number;
  readonly user: string;
  /** Private key that is let in. */
  readonly keyPath: string;
  /** Raw public keys by type: `ssh-ed25519`. */
  readonly hostKeys: ReadonlyMap<string, Buffer>;
  /** Process ids of the sshd processes that serve connections. */
  listSessionPids(): number[];
  /** Ends all connections as a crash would. */
  killSessions(): void;
  log(): string;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** Default ed25519 only. */
  readonly hostKeyTypes?: readonly ('ed25519' | 'rsa' | 'ecdsa')[];
  readonly config?: readonly string[];
  /** Prefix of the command, such as a mount namespace with another /etc/passwd. */
  readonly wrap?: (command: readonly string[], dir: string) => readonly string[];
  readonly user?: string;
}

export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const dir = mkdtempSync(join(tmpdir(), 'holdwait-sshd-'));
  const port = await findFreePort();
  const keyTypes = options.hostKeyTypes ?? ['ed25519'];
  for (const type of keyTypes) makeKey(join(dir, `host_${type}`), type);
  const keyPath = join(dir, 'id_user');
  makeKey(keyPath, 'ed25519');
  writeFileSync(join(dir, 'authorized_keys'), readFileSync(`${keyPath}.pub`), { mode: 0o644 });
  const configPath = join(dir, 'sshd_config');
  writeFileSync(configPath, describeConfig(dir, port, keyTypes, options.config ?? []));
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  // It must not outlive a test run that is killed.
  const command = ['setpriv', '--pdeathsig', 'TERM', SSHD_PATH, '-D', '-e', '-f', configPath];
  const [file, ...args] = options.wrap?.(command, dir) ?? command;
  const child = spawn(file!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  await waitForPort(port, child, () => log);
  return {
    dir,
    port,
    user: options.user ?? userInfo().username,
    keyPath,
    hostKeys: new Map(keyTypes.map((type) => readPublicKey(join(dir, `host_${type}.pub`)))),
    listSessionPids: () => listSshdBelow(child.pid!),
    killSessions: () => killSessions(child.pid!),
    log: () => log,
    stop: async () => {
      // sshd leaves its sessions alone, and a failed test the connection: neither may keep the run from ending.
      killSessions(child.pid!);
      await stopChild(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function makeKey(path: string, type: string, passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', path]);
}

/** The raw key of an OpenSSH public key file, with its type. */
export function readPublicKey(path: string): [string, Buffer] {
  const [type, blob] = readFileSync(path, 'utf8').split(' ');
  return [type!, Buffer.from(blob!, 'base64')];
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Waits until the condition holds; the test's own time limit is the only one. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody reaped has ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function killSessions(sshdPid: number): void {
  // Innermost first: a child of a session ends by itself when its parent is gone.
  for (const pid of listSshdBelow(sshdPid).reverse()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

/** A session is two processes where the login is not root: one keeps the privileges, one the connection. */
function listSshdBelow(pid: number): number[] {
  return listChildren(pid).flatMap((child) => [child, ...listSshdBelow(child)]);
}

function listChildren(pid: number): number[] {
  const children = tryRead(`/proc/${pid}/task/${pid}/children`).trim().split(' ');
  return children.filter((child) => child !== '' && /^sshd/.test(tryRead(`/proc/${child}/comm`))).map(Number);
}

/** Empty where the process has ended: no reason to miss the others. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function describeConfig(
  dir: string,
  port: number,
  keyTypes: readonly string[],
  extra: readonly string[],
): string {
  return [
    // First: sshd takes the first value it reads.
    ...extra,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...keyTypes.map((type) => `HostKey ${join(dir, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    `PidFile ${join(dir, 'sshd.pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    '',
  ].join('\n');
}

async function waitForPort(port: number, child: ChildProcess, log: () => string): Promise<void> {
  while (!(await canConnect(port))) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    await delay(20);
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', (failed) => resolve(!failed));
  });
}
