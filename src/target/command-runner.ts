import type { Readable, Writable } from 'node:stream';
import { collectRun } from './collect-run.ts';
import { findPrivilege, type Privilege } from './privilege.ts';
import { INTERRUPT_LINE, SUPERVISOR_ENDS_WITHIN_MS, superviseCommand } from './supervised-command.ts';
import type { CommandEnd, RunningCommand, RunOptions, RunResult, StartOptions } from './target.ts';
import { throwIfCancelled } from './target-errors.ts';

/** What differs between this machine and one over SSH: how an argument vector becomes a process. */
export interface CommandTransport {
  /** The target's name, for messages. */
  readonly name: string;
  /** Throws a HoldwaitError if the process cannot be started. */
  launch(argv: readonly string[], signal: AbortSignal | undefined): Promise<LaunchedProcess>;
}

export interface LaunchedProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<CommandEnd>;
  /** Lets go of the process whatever it does; `ended` then resolves with this reason. */
  abandon(reason: string): void;
}

export interface CommandRunner {
  run(command: string, options?: RunOptions): Promise<RunResult>;
  start(command: string, options?: StartOptions): Promise<RunningCommand>;
}

/** A running command whose end the runner can insist on. */
export interface StartedCommand extends RunningCommand {
  /** Ends the command by force if need be; `done` resolves within about eight seconds. */
  end(): void;
}

/** After an abort, how long a command may take to stop by itself: bpftrace detaches its probes in this time. */
const STOP_GRACE_MS = 5_000;

/** run and start over any transport. Whether sudo is needed is found out once. */
export function createCommandRunner(transport: CommandTransport): CommandRunner {
  let privilege: Promise<Privilege> | undefined;

  async function needsSudo(options: StartOptions): Promise<boolean> {
    if (options.privileged !== true) return false;
    privilege ??= findPrivilege(transport.name, (command) => run(command, { signal: options.signal }));
    // A refusal is not remembered: the person may just be editing sudoers.
    privilege.catch(() => {
      privilege = undefined;
    });
    return (await privilege) === 'sudo';
  }

  async function start(command: string, options: StartOptions = {}): Promise<StartedCommand> {
    return launchCommand(transport, command, options, await needsSudo(options));
  }

  function run(command: string, options: RunOptions = {}): Promise<RunResult> {
    return collectRun(transport.name, command, options, (signal) => start(command, { ...options, signal }));
  }

  return { run, start };
}

async function launchCommand(
  transport: CommandTransport,
  command: string,
  options: StartOptions,
  viaSudo: boolean,
): Promise<StartedCommand> {
  throwIfCancelled(transport.name, options.signal);
  const input = Buffer.from(options.takesLines ? '' : (options.input ?? ''));
  const argv = superviseCommand(command, input.length, viaSudo, options.takesLines);
  const launched = await transport.launch(argv, options.signal);
  // The process may end without reading its input: that is its business.
  launched.stdin.on('error', () => {});
  if (input.length > 0) launched.stdin.write(input);
  return superviseProcess(launched, options);
}

function superviseProcess(process: LaunchedProcess, { signal, takesLines }: StartOptions): StartedCommand {
  const timers: NodeJS.Timeout[] = [];
  let interrupted = false;
  const interrupt = () => {
    if (!interrupted && process.stdin.writable) process.stdin.write(INTERRUPT_LINE);
    interrupted = true;
  };
  const writeLine = (line: string) => {
    if (!takesLines || line === '' || line.includes('\n'))
      throw new RangeError('not a line for this command');
    if (process.stdin.writable) process.stdin.write(`${line}\n`);
  };
  const end = () => {
    process.stdin.end();
    timers.push(setTimeout(abandonProcess, SUPERVISOR_ENDS_WITHIN_MS + 2_000, process));
  };
  const stop = () => {
    interrupt();
    timers.push(setTimeout(end, STOP_GRACE_MS));
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const done = process.ended.finally(() => {
    signal?.removeEventListener('abort', stop);
    for (const timer of timers) clearTimeout(timer);
  });
  return { stdout: process.stdout, stderr: process.stderr, interrupt, writeLine, end, done };
}

function abandonProcess(process: LaunchedProcess): void {
  process.abandon('the command did not end after SIGKILL: it is stuck in the kernel');
}
