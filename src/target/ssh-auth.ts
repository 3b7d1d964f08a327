import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { errorText } from '../trace/error.ts';
import type { ConnectOptions, SshConnection } from './ssh-connection.ts';

/** What will be offered to a server, and in words what has been. */
export interface AuthPlan {
  /** Asynchronous handler for ssh2: the next method, or false when all were refused. */
  readonly offerNext: (
    accepted: readonly string[] | null,
    partial: boolean | null,
    next: (method: AnyAuthMethod | false) => void,
  ) => void;
  /** `agent (2 keys)`, `/home/a/.ssh/id_rsa`, `… (encrypted, not in the agent)`. */
  readonly tried: readonly string[];
  /** Methods the server said it accepts. */
  readonly accepted: readonly string[];
}

interface KeyFile {
  readonly path: string;
  readonly text?: Buffer;
  /** Raw public key, if the file or its `.pub` tells. */
  readonly publicKey?: Buffer;
  readonly encrypted: boolean;
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** Reads the listed keys and asks the agent, in the order OpenSSH does: agent first, then files it does not have. */
export async function planAuth(connection: SshConnection, options: ConnectOptions): Promise<AuthPlan> {
  const files = await Promise.all(connection.privateKeyPaths.map(readKeyFile));
  const agent = await openAgent(connection, files);
  const tried: string[] = [...agent.tried];
  const accepted: string[] = [];
  const steps = listSteps(connection.user, files, agent, options, tried);
  return {
    tried,
    accepted,
    offerNext: (methods, _partial, next) => {
      accepted.splice(0, accepted.length, ...(methods ?? []));
      steps.next().then(
        (step) => next(step.done === true ? false : step.value),
        () => next(false),
      );
    },
  };
}

interface AgentKeys {
  readonly agent?: OrderedAgent;
  readonly publicKeys: readonly Buffer[];
  readonly tried: readonly string[];
}

async function* listSteps(
  user: string,
  files: readonly KeyFile[],
  agent: AgentKeys,
  options: ConnectOptions,
  tried: string[],
): AsyncGenerator<AnyAuthMethod, void> {
  // Costs nothing and makes the server say what it accepts.
  yield { type: 'none', username: user };
  if (agent.agent !== undefined) yield { type: 'agent', username: user, agent: agent.agent };
  for (const file of files) {
    if (agent.publicKeys.some((key) => file.publicKey?.equals(key))) continue;
    const step = await offerKeyFile(user, file, options, tried);
    if (step !== undefined) yield step;
  }
}

async function offerKeyFile(
  user: string,
  file: KeyFile,
  options: ConnectOptions,
  tried: string[],
): Promise<AnyAuthMethod | undefined> {
  const passphrase = file.encrypted ? await options.askPassphrase?.(file.path) : undefined;
  if (file.text === undefined || file.problem !== undefined) {
    tried.push(`${file.path} (${file.problem})`);
    return undefined;
  }
  if (file.encrypted && passphrase === undefined) {
    tried.push(`${file.path} (encrypted, not in the agent)`);
    return undefined;
  }
  const key = ssh2.utils.parseKey(file.text, passphrase);
  if (key instanceof Error) {
    tried.push(`${file.path} (${key.message})`);
    return undefined;
  }
  tried.push(file.path);
  return { type: 'publickey', username: user, key: file.text, ...(passphrase && { passphrase }) };
}

async function readKeyFile(path: string): Promise<KeyFile> {
  try {
    const text = await readFile(path);
    const key = ssh2.utils.parseKey(text);
    if (!(key instanceof Error))
      return { path, text, encrypted: false, publicKey: firstKey(key).getPublicSSH() };
    const encrypted = /passphrase/i.test(key.message);
    const publicKey = await readPublicKey(`${path}.pub`);
    return { path, text, encrypted, publicKey, problem: encrypted ? undefined : key.message };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // IdentityFile may name a key whose private half is only in the agent.
    const publicKey = missing ? await readPublicKey(`${path}.pub`) : undefined;
    return { path, encrypted: false, publicKey, problem: missing ? 'no such file' : errorText(error) };
  }
}

async function readPublicKey(path: string): Promise<Buffer | undefined> {
  try {
    const key = ssh2.utils.parseKey(await readFile(path));
    return key instanceof Error ? undefined : firstKey(key).getPublicSSH();
  } catch {
    return undefined;
  }
}

async function openAgent(connection: SshConnection, files: readonly KeyFile[]): Promise<AgentKeys> {
  if (connection.agentSocket === undefined) return { publicKeys: [], tried: ['agent (none running)'] };
  const listed = files.flatMap((file) => (file.publicKey === undefined ? [] : [file.publicKey]));
  const agent = new OrderedAgent(connection.agentSocket, listed, connection.onlyListedKeys === true);
  try {
    const keys = await agent.listKeys();
    const tried = [`agent (${keys.length} ${keys.length === 1 ? 'key' : 'keys'})`];
    return { agent, tried, publicKeys: keys.map((key) => key.getPublicSSH()) };
  } catch (error) {
    return { publicKeys: [], tried: [`agent at ${connection.agentSocket} (${errorText(error)})`] };
  }
}

/** An agent that offers the listed keys first: servers give up after about six. */
class OrderedAgent extends ssh2.OpenSSHAgent {
  readonly #listed: readonly Buffer[];
  readonly #onlyListed: boolean;

  constructor(socket: string, listed: readonly Buffer[], onlyListed: boolean) {
    super(socket);
    this.#listed = listed;
    this.#onlyListed = onlyListed;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    super.getIdentities((error, keys) =>
      callback(error ?? undefined, this.#order((keys ?? []) as ParsedKey[])),
    );
  }

  override getStream(callback: Parameters<InstanceType<typeof ssh2.OpenSSHAgent>['getStream']>[0]): void {
    super.getStream((error, stream) => {
      // An agent that never answers must not keep the process from ending.
      (stream as Socket | undefined)?.unref();
      callback(error, stream);
    });
  }

  listKeys(): Promise<ParsedKey[]> {
    return new Promise((resolve, reject) => {
      this.getIdentities((error, keys) => (error ? reject(error) : resolve(keys ?? [])));
    });
  }

  #order(keys: readonly ParsedKey[]): ParsedKey[] {
    const position = (key: ParsedKey) => this.#listed.findIndex((each) => each.equals(key.getPublicSSH()));
    const listed = keys.filter((key) => position(key) >= 0).sort((a, b) => position(a) - position(b));
    return this.#onlyListed ? listed : [...listed, ...keys.filter((key) => position(key) < 0)];
  }
}

function firstKey(key: ParsedKey | ParsedKey[]): ParsedKey {
  return Array.isArray(key) ? key[0]! : key;
}
