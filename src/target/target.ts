import type { Readable, Writable } from 'node:stream';

/**
 * A Linux machine that commands can be run on: this one, any host over SSH, a lab guest. Every call takes an AbortSignal
 * and throws a HoldwaitError of category `target` if the machine, and not the command, is at fault.
 */
export interface Target {
  /** As the user would write it: `local`, `root@db1`, `lab:default`. */
  readonly name: string;

  /** Runs a short command through `sh -c` and collects its output. A non-zero exit is a result, not an error. */
  run(command: string, options?: RunOptions): Promise<RunResult>;

  /** Starts a long command. Its streams must be consumed; `done` never rejects. */
  start(command: string, options?: StartOptions): Promise<RunningCommand>;

  /** Ends the connection and everything still running over it. */
  close(): Promise<void>;
}

/** A target that a person can be given a shell on. */
export interface ShellTarget extends Target {
  /** Connects the terminal to a login shell on the target; resolves with its exit status. */
  shell(terminal: Terminal): Promise<number>;
}

/** The person's terminal: raw mode is the caller's business. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly columns: number;
  readonly rows: number;
  onResize(listener: (columns: number, rows: number) => void): void;
}

export interface StartOptions {
  /** Run as root: directly where the login is root, else through `sudo -n`. */
  readonly privileged?: boolean;
  readonly signal?: AbortSignal;
  /** Given to the command's standard input, which is then closed. */
  readonly input?: string | Buffer;
  /** Keep the command's standard input open for `writeLine`; there is no `input` then. */
  readonly takesLines?: boolean;
}

export interface RunOptions extends StartOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Default 64 MiB; more is an error, not a silent cut. */
  readonly maxOutputBytes?: number;
}

export interface RunResult {
  /** Exit status; -1 where a signal ended the command. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Asks the command to stop as Ctrl-C would; safe to call twice or after its end. */
  interrupt(): void;
  /**
   * Gives a line that is not empty to a command that was started with `takesLines`. Nothing is started on the target for
   * it. Lines that the command leaves unread fill a pipe (64 KiB), and an interrupt waits behind them.
   */
  writeLine(line: string): void;
  readonly done: Promise<CommandEnd>;
}

/** How a long command ended. */
export interface CommandEnd {
  /** undefined where a signal or a lost connection ended it. */
  readonly status: number | undefined;
  /** The connection was lost or the machine stopped answering: what, in words. */
  readonly lost?: string;
}
