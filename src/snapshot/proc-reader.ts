import { randomBytes } from 'node:crypto';
import type { RunningCommand, Target } from '../target/target.ts';
import { HoldwaitError, splitLines } from '../trace/index.ts';
import { READER_SCRIPT } from './reader-script.ts';

/** Texts of some files of one folder. */
export interface FileSet {
  readonly folder: string;
  readonly files: readonly string[];
}

/** Texts by path. A file that could not be read is not there. */
export type Texts = ReadonlyMap<string, string>;

export interface ReadOptions {
  /** For one file; then it is given up, and with it the shell that reads it. Default 5,000. */
  readonly timeoutMs?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface OpenOptions {
  /** One reads, the others are spare. Those that cannot be started are done without. */
  readonly shells: number;
  /** Questions that a shell is asked ahead; 1 where its answers and the questions come mixed. */
  readonly window?: number;
  readonly signal?: AbortSignal;
}

/** A thread that may be blocked. */
export interface ScannedTask {
  readonly tid: number;
  readonly pid: number;
  /** `D`, `R`, or `S` in a function that waits for others. */
  readonly state: string;
}

/** What is asked of a shell at one time: enough to keep it busy, few enough for a pipe of 64 KiB. */
const WINDOW = 64;
/** A file of /proc is made up at once, or its reader sleeps on what the hung task holds. */
const READ_TIMEOUT_MS = 5_000;
/** Until the shells are up: some processes are started for that, on a machine in trouble or an emulated CPU. */
const START_TIMEOUT_MS = 45_000;
const MAX_LINE_BYTES = 1 << 16;
/** Kept of one file, characters: far more than a file that was asked for ever has. */
const MAX_TEXT = 1 << 20;

/**
 * Reads a target's small text files through shells that were all started beforehand, over one connection. A file whose
 * reader does not come back costs one of the shells; the next one goes on behind that file.
 */
export class ProcReader {
  readonly #shells: ProcShell[];
  /** Files that kept a shell from coming back. */
  readonly stuckFiles: string[] = [];

  private constructor(shells: ProcShell[]) {
    this.#shells = shells;
  }

  /** @throws HoldwaitError (target) if not one shell answers in time, and whatever Target.start throws */
  static async open(
    target: Pick<Target, 'name' | 'start'>,
    { shells, window = WINDOW, signal }: OpenOptions,
  ): Promise<ProcReader> {
    const starting = Array.from({ length: shells }, () =>
      target.start(READER_SCRIPT, { takesLines: true, privileged: true, signal }),
    );
    const started = await Promise.allSettled(starting);
    const commands = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    if (commands.length === 0) {
      await starting[0];
    }
    const opened = commands.map((command) => new ProcShell(command, window));
    const ready = await Promise.all(opened.map((shell) => shell.isReady(START_TIMEOUT_MS)));
    signal?.throwIfAborted();
    const usable = opened.filter((_, i) => ready[i]);
    if (usable.length === 0) {
      throw new HoldwaitError('target', 'TARGET_SILENT', `${target.name} starts no shell that answers`, {
        hint: 'Where a login still works, run there: sh -c "cat /proc/*/task/*/stack"; else look at its console.',
      });
    }
    return new ProcReader(usable);
  }

  get isSpent(): boolean {
    return this.#shells.length === 0;
  }

  /** Every thread that may be blocked, and how many there are; undefined if not even that can be read. */
  async tryScan(onProgress?: (count: number) => void): Promise<Scan | undefined> {
    for (const shell of [...this.#shells]) {
      const scan = await shell.tryScan(READ_TIMEOUT_MS, onProgress);
      if (scan !== undefined) {
        return scan;
      }
      this.#drop(shell, '/proc/*/status');
    }
    return undefined;
  }

  /** Paths that match the shell's patterns. */
  async list(patterns: readonly string[]): Promise<readonly string[]> {
    const [shell] = this.#shells;
    const paths = await shell?.tryList(patterns, READ_TIMEOUT_MS);
    if (shell !== undefined && paths === undefined) {
      this.#drop(shell, patterns.join(' '));
    }
    return paths ?? [];
  }

  /** Reads the files, some at a time, in order. What has kept a shell from coming back is not tried again. */
  async read(asked: readonly FileSet[], options: ReadOptions = {}): Promise<Texts> {
    const sets = asked.map(({ folder, files }) => ({
      folder,
      files: files.filter((file) => !this.stuckFiles.includes(`${folder}/${file}`)),
    }));
    const texts = new Map<string, string>();
    let next = 0;
    while (next < sets.length && this.#shells.length > 0) {
      const shell = this.#shells[0]!;
      const outcome = await shell.read(sets, next, texts, options);
      next = outcome.next;
      if (outcome.stuck !== undefined) {
        this.#drop(shell, outcome.stuck);
        const { folder, files } = sets[next]!;
        sets[next] = {
          folder,
          files: files.slice(files.findIndex((file) => `${folder}/${file}` === outcome.stuck) + 1),
        };
      }
    }
    return texts;
  }

  stop(): void {
    for (const shell of this.#shells) {
      shell.stop();
    }
  }

  #drop(shell: ProcShell, file: string): void {
    this.stuckFiles.push(file);
    this.#shells.splice(this.#shells.indexOf(shell), 1);
    shell.stop();
  }
}

export interface Scan {
  readonly tasks: readonly ScannedTask[];
  readonly total: number;
}

interface ReadOutcome {
  /** Index of the first set that has not been read. */
  readonly next: number;
  /** The file that the shell is still reading. */
  readonly stuck?: string;
}

/** One of the shells. */
class ProcShell {
  readonly #command: RunningCommand;
  readonly #window: number;
  readonly #mark = randomBytes(8).toString('hex');
  #lines: string[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;
  #asked = 0;

  constructor(command: RunningCommand, window: number) {
    this.#command = command;
    this.#window = window;
    command.stderr.resume();
    this.#take().catch(() => this.#end());
    command.writeLine(this.#mark);
  }

  async isReady(timeoutMs: number): Promise<boolean> {
    return (await this.tryList(['/proc/self/status'], timeoutMs)) !== undefined;
  }

  async tryScan(timeoutMs: number, onProgress?: (count: number) => void): Promise<Scan | undefined> {
    const mark = this.#ask('scan', '');
    const tasks: ScannedTask[] = [];
    for (;;) {
      const line = await this.#next(timeoutMs);
      if (line === undefined) {
        return undefined;
      }
      if (line.startsWith(mark)) {
        const [word, count] = line.slice(mark.length).split(' ');
        onProgress?.(Number(count));
        if (word === 'end') {
          return { tasks, total: Number(count) };
        }
        continue;
      }
      const [, tid, pid, state] = /^(\d+) (\d+) (\w)$/.exec(line) ?? [];
      if (state !== undefined) {
        tasks.push({ tid: Number(tid), pid: Number(pid), state });
      }
    }
  }

  async tryList(patterns: readonly string[], timeoutMs: number): Promise<readonly string[] | undefined> {
    const mark = this.#ask('list', patterns.join(' '));
    const paths: string[] = [];
    for (;;) {
      const line = await this.#next(timeoutMs);
      if (line === undefined || line.startsWith(mark)) {
        return line === undefined ? undefined : paths;
      }
      paths.push(line);
    }
  }

  /** Reads the sets from `first` on, until all are read or one file takes too long. */
  async read(
    sets: readonly FileSet[],
    first: number,
    texts: Map<string, string>,
    { timeoutMs = READ_TIMEOUT_MS, onProgress }: ReadOptions,
  ): Promise<ReadOutcome> {
    let asked = first;
    const marks: string[] = [];
    for (let at = first; at < sets.length; at++) {
      for (; asked < sets.length && asked < at + this.#window; asked++) {
        const { folder, files } = sets[asked]!;
        marks.push(this.#ask('read', `${folder} ${files.join(' ')}`));
      }
      const { folder, files } = sets[at]!;
      let done = 0;
      let text: string[] = [];
      let size = 0;
      for (;;) {
        const line = await this.#next(timeoutMs);
        if (line === undefined) {
          return { next: at, stuck: `${folder}/${files[done] ?? ''}` };
        }
        const mark = marks[at - first]!;
        if (!line.startsWith(mark)) {
          size += line.length;
          if (size <= MAX_TEXT) {
            text.push(line);
          }
          continue;
        }
        const [status, file] = line.slice(mark.length).split(' ');
        if (status === 'end') {
          break;
        }
        if (status === '0') {
          texts.set(`${folder}/${file}`, `${text.join('\n').replace(/\n+$/, '')}\n`);
        }
        text = [];
        size = 0;
        done++;
      }
      onProgress?.(at + 1, sets.length);
    }
    return { next: sets.length };
  }

  stop(): void {
    this.#command.interrupt();
  }

  /** @returns how the shell's own lines of the answer begin */
  #ask(verb: string, words: string): string {
    this.#command.writeLine(`${verb} ${++this.#asked} ${words}`);
    return `${this.#mark} ${this.#asked} `;
  }

  async #next(timeoutMs: number): Promise<string | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const line = this.#shift();
      if (line !== undefined || this.#ended) {
        return line;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        return undefined;
      }
      await this.#wait(leftMs);
    }
  }

  #at = 0;

  #shift(): string | undefined {
    if (this.#at < this.#lines.length) {
      return this.#lines[this.#at++];
    }
    this.#lines = [];
    this.#at = 0;
    return undefined;
  }

  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([promise, this.#wake.promise]);
    clearTimeout(timer);
  }

  async #take(): Promise<void> {
    for await (const lines of splitLines(this.#command.stdout, MAX_LINE_BYTES)) {
      for (const { text } of lines) {
        this.#lines.push(text ?? '');
      }
      const { resolve } = this.#wake;
      this.#wake = Promise.withResolvers<void>();
      resolve();
    }
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }
}
