import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { type CommandTransport, createCommandRunner, type LaunchedProcess } from './command-runner.ts';
import { startDeadline } from './deadline.ts';
import { quoteWords } from './shell-quote.ts';
import { openSession, type SshSession } from './ssh-client.ts';
import type { ConnectOptions, SshConnection } from './ssh-connection.ts';
import { statusUnlessSignal } from './supervised-command.ts';
import type { CommandEnd, ShellTarget, Terminal } from './target.ts';
import { lostError, timeoutError } from './target-errors.ts';

/** For the server to start one command. A machine that cannot fork any more answers late or never. */
const LAUNCH_TIMEOUT_MS = 30_000;

/**
 * Connects to a host. Throws, all of category `target`: SSH_UNREACHABLE, SSH_HANDSHAKE_FAILED, SSH_HOST_KEY_UNKNOWN,
 * SSH_HOST_KEY_CHANGED, SSH_HOST_KEY_REVOKED, SSH_AUTH_FAILED, CANCELLED.
 */
export async function connectSsh(
  connection: SshConnection,
  options: ConnectOptions = {},
): Promise<ShellTarget> {
  const session = await openSession(connection, options);
  const { name } = connection;
  return {
    name,
    ...createCommandRunner(createTransport(name, session)),
    shell: (terminal) => openShell(name, session, terminal),
    close: () => session.close(),
  };
}

function createTransport(name: string, session: SshSession): CommandTransport {
  return {
    name,
    launch: async (argv, signal) => {
      // exec: the command must not sit below a login shell that a signal would end before it.
      const line = `exec ${quoteWords(argv)}`;
      const explainTimeout = () => timeoutError(name, 'starting a command', LAUNCH_TIMEOUT_MS);
      const deadline = startDeadline(name, LAUNCH_TIMEOUT_MS, signal, explainTimeout);
      const opening = openChannel(name, session, (done) => session.client.exec(line, done));
      try {
        return await deadline.race(opening);
      } catch (error) {
        opening.then((late) => late.channel.close()).catch(() => {});
        throw error;
      } finally {
        deadline.clear();
      }
    },
  };
}

interface SshProcess extends LaunchedProcess {
  readonly channel: ClientChannel;
}

type OnChannel = (error: Error | undefined, channel: ClientChannel) => void;

/** Opens a channel; a connection that is lost meanwhile is an error as well. */
async function openChannel(
  name: string,
  session: SshSession,
  open: (done: OnChannel) => void,
): Promise<SshProcess> {
  const opened = new Promise<SshProcess>((resolve, reject) => {
    // ssh2 throws at once where the socket is closed already.
    open((error, channel) => {
      if (error) reject(error);
      // Within this very call: the end of a short command may be in the same packet and is told only once.
      else resolve(watchChannel(channel, session));
    });
  });
  const broken = session.lost.then((reason) => Promise.reject(lostError(name, reason)));
  try {
    return await Promise.race([opened, broken]);
  } catch (error) {
    if (error instanceof HoldwaitError) throw error;
    // ssh2 reports the channel just before the connection that took it along.
    const lost = await Promise.race([session.lost, nextTurn()]);
    if (lost !== undefined) throw lostError(name, lost);
    throw new HoldwaitError(
      'target',
      'SSH_COMMAND_REFUSED',
      `${name}: sshd started no command: ${errorText(error)}`,
      {
        cause: error,
        hint: `see the log of sshd on ${name}; MaxSessions and a full process table are common reasons`,
      },
    );
  }
}

function watchChannel(channel: ClientChannel, session: SshSession): SshProcess {
  const { promise: ended, resolve } = Promise.withResolvers<CommandEnd>();
  let end: CommandEnd | undefined;
  channel.on('exit', (status: number | null) => {
    end = { status: status === null ? undefined : statusUnlessSignal(status) };
  });
  session.lost.then((lost) => resolve(end ?? { status: undefined, lost }));
  // A lost connection closes its channels just before it says why.
  const closed = () =>
    resolve(end ?? { status: undefined, lost: 'the channel was closed without an exit status' });
  channel.on('close', () => setImmediate(closed));
  return {
    channel,
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended,
    abandon: (lost) => {
      channel.close();
      resolve({ status: undefined, lost });
    },
  };
}

async function openShell(name: string, session: SshSession, terminal: Terminal): Promise<number> {
  const size = { term: process.env.TERM ?? 'xterm', cols: terminal.columns, rows: terminal.rows };
  const { channel, ended } = await openChannel(name, session, (done) => session.client.shell(size, done));
  terminal.onResize((columns, rows) => channel.setWindow(rows, columns, 0, 0));
  channel.pipe(terminal.output, { end: false });
  channel.stderr.pipe(terminal.output, { end: false });
  terminal.input.pipe(channel);
  const end = await ended;
  terminal.input.unpipe(channel);
  if (end.lost !== undefined) throw lostError(name, end.lost);
  return end.status ?? -1;
}
