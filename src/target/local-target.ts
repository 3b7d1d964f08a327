import { type ChildProcess, spawn } from 'node:child_process';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { createCommandRunner, type LaunchedProcess } from './command-runner.ts';
import { statusUnlessSignal } from './supervised-command.ts';
import type { CommandEnd, Target } from './target.ts';
import { lostError } from './target-errors.ts';

const NAME = 'local';

/** This machine. Commands run under the same supervision as elsewhere, so they end when holdwait does, however it ends. */
export function openLocal(): Target {
  const running = new Set<LaunchedProcess>();
  let closed = false;
  const runner = createCommandRunner({
    name: NAME,
    launch: async (argv) => {
      if (closed) throw lostError(NAME, 'the target is closed');
      const launched = await launchProcess(argv);
      running.add(launched);
      launched.ended.then(() => running.delete(launched));
      return launched;
    },
  });
  return {
    name: NAME,
    ...runner,
    close: async () => {
      closed = true;
      await Promise.all([...running].map(endProcess));
    },
  };
}

async function endProcess(launched: LaunchedProcess): Promise<void> {
  launched.stdin.end();
  // Nobody may be reading any more, and a full pipe would keep the command from ending.
  launched.stdout.resume();
  launched.stderr.resume();
  await launched.ended;
}

async function launchProcess(argv: readonly string[]): Promise<LaunchedProcess> {
  // detached: a process group of its own, so that the supervisor's signals and the terminal's Ctrl-C stay apart.
  const child = spawn(argv[0]!, argv.slice(1), { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const { promise: ended, resolve } = Promise.withResolvers<CommandEnd>();
  child.on('close', (status) => {
    resolve({ status: status === null ? undefined : statusUnlessSignal(status) });
  });
  await waitForSpawn(child);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    abandon: (lost) => {
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ status: undefined, lost });
    },
  };
}

function waitForSpawn(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const message = `${NAME}: no process could be started: ${errorText(error)}`;
      const hint = `see what this machine lacks: holdwait doctor ${NAME}`;
      reject(new HoldwaitError('target', 'LOCAL_COMMAND_FAILED', message, { cause: error, hint }));
    });
  });
}
