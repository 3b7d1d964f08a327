import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningCommand, Target } from '../target/target.ts';
import {
  FIXED_FILES,
  MOVING_FILES,
  MOVING_PATTERNS,
  RISKY_FILES,
  RISKY_TASK_FILES,
} from './machine-files.ts';
import { findProbeBlocker, MAX_PROBED, ownerCommand, ownerProgram } from './owner-probe.ts';
import { type FileSet, ProcReader, type ScannedTask } from './proc-reader.ts';
import type { Pass, Snapshot } from './snapshot.ts';
import { findStuck } from './stuck-tasks.ts';
import { TASK_FILES, type TaskState, taskFolder } from './task-texts.ts';

/** Without `run` no owners are read. */
export type SnapshotTarget = Pick<Target, 'name' | 'start'> & Partial<Pick<Target, 'run'>>;

export interface SnapshotOptions {
  /** Between the two looks. */
  readonly intervalMs: number;
  /** Read owners of locks with bpftrace where that cannot block. */
  readonly bpftrace: boolean;
  /** Where only one shell can be had, that echoes what it is asked: a console. */
  readonly oneByOne?: boolean;
  readonly signal: AbortSignal;
  /** Called with what is being done, and how far it is. */
  readonly onStep: (text: string) => void;
  readonly onDetail: (text: string) => void;
}

/** One reads; the others go on where it does not come back. */
const SHELLS = 4;
/** Blocked tasks that are read in full, and those of which only the stack is read, at most. */
const MAX_FULL = 1_000;
const MAX_TASKS = 10_000;
/** Control groups are read of the stuck tasks that come first. */
const MAX_CGROUPS = 100;
/** Of what may sleep on a lock. */
const RISKY_TIMEOUT_MS = 2_000;
const LOG_TIMEOUT_MS = 20_000;
const MAX_LOG_BYTES = 64 * 1024 * 1024;
/** bpftrace needs some seconds of an emulated CPU to start; in trouble it is given up. */
const PROBE_SECONDS = 30;
const PROBE_GRACE_MS = 5_000;
const MAX_PROBE_BYTES = 1024 * 1024;

/** /proc/uptime has two digits behind the point, the last one cut off. */
const UPTIME_STEP_MS = 10;

/** The folders' files that are enough to see a task stand still. */
const STACK_FILES = ['stat', 'schedstat', 'stack'] as const;

/**
 * Looks twice at a machine that may be hung, and changes nothing there. All shells are started at the beginning over
 * the one connection, since later nothing may be able to start.
 *
 * @throws HoldwaitError (target) if the target cannot be read at all
 */
export async function takeSnapshot(target: SnapshotTarget, options: SnapshotOptions): Promise<Snapshot> {
  const { signal, onStep } = options;
  onStep(`opening shells on ${target.name}`);
  const startedAt = new Date().toISOString();
  const log = startLog(target, signal);
  const reader = await ProcReader.open(target, {
    signal,
    ...(options.oneByOne ? { shells: 1, window: 1 } : { shells: SHELLS }),
  });
  try {
    return await new SnapshotTaker(target, reader, options).take(startedAt, log);
  } finally {
    reader.stop();
    (await log.command)?.interrupt();
  }
}

class SnapshotTaker {
  readonly #target: SnapshotTarget;
  readonly #reader: ProcReader;
  readonly #options: SnapshotOptions;
  readonly #notes: string[] = [];
  #unreadTasks = 0;
  /** When the time of the newest look was known here. */
  #timedAtMs = 0;

  constructor(target: SnapshotTarget, reader: ProcReader, options: SnapshotOptions) {
    this.#target = target;
    this.#reader = reader;
    this.#options = options;
  }

  async take(startedAt: string, log: LogReading): Promise<Snapshot> {
    const { intervalMs, signal } = this.#options;
    const paths = await this.#reader.list(MOVING_PATTERNS);
    const first = await this.#look('first look', paths, []);
    this.#options.onStep('waiting, to tell stuck from slow');
    const sinceMs = performance.now() - this.#timedAtMs;
    await sleep(Math.max(0, intervalMs + UPTIME_STEP_MS - sinceMs), undefined, { signal });
    const second = await this.#look('second look', paths, first.tasks);
    const { stuck } = findStuck(first, second);
    const texts = new Map(await this.#reader.read(FIXED_FILES));
    const kernelLog = await this.#finishLog(log);
    const owners = await this.#readOwners(stuck);
    for (const [path, text] of await this.#readRisky(stuck)) {
      texts.set(path, text);
    }
    signal.throwIfAborted();
    const { stuckFiles } = this.#reader;
    if (stuckFiles.length > 0) {
      this.#notes.push(`not read, as their readers did not come back: ${stuckFiles.join(', ')}`);
    }
    return {
      target: this.#target.name,
      startedAt,
      first,
      second,
      texts,
      kernelLog,
      owners,
      notes: this.#notes,
      stuckFiles,
      unreadTasks: this.#unreadTasks,
    };
  }

  async #look(title: string, paths: readonly string[], known: readonly ScannedTask[]): Promise<Pass> {
    const { onStep, onDetail, signal } = this.#options;
    onStep(title);
    const uptime = await this.#reader.read([{ folder: '/proc', files: ['uptime'] }]);
    this.#timedAtMs = performance.now();
    const scan = await this.#reader.tryScan((count) => onDetail(`${count} threads`));
    signal.throwIfAborted();
    if (scan === undefined) {
      this.#notes.push(`${title}: the threads could not be listed`);
    }
    // Those of the first look come first: the others cannot be stuck since then.
    const all = mergeTasks(known, scan?.tasks ?? []);
    const tasks = all.slice(0, MAX_TASKS);
    this.#unreadTasks = Math.max(this.#unreadTasks, all.length - tasks.length);
    const sets: FileSet[] = tasks.map((task, i) => ({
      folder: taskFolder(task),
      files: i < MAX_FULL ? TASK_FILES : STACK_FILES,
    }));
    const texts = await this.#reader.read(sets, {
      onProgress: (done, total) => onDetail(`${done} of ${total} blocked tasks`),
    });
    const state = await this.#reader.read([...MOVING_FILES, ...paths.map(toFileSet)]);
    signal.throwIfAborted();
    const seconds = Number.parseFloat(uptime.get('/proc/uptime') ?? '');
    return {
      atNs: Number.isFinite(seconds) ? Math.round(seconds * 1e9) : undefined,
      threads: scan?.total ?? 0,
      tasks,
      texts: new Map([...texts, ...state]),
    };
  }

  async #finishLog(log: LogReading): Promise<string | undefined> {
    this.#options.onStep('reading the kernel log');
    const text = await Promise.race([log.text, sleep(LOG_TIMEOUT_MS, undefined, { ref: false })]);
    if (text === undefined) {
      this.#notes.push('the kernel log was not read: dmesg did not come to its end');
    }
    return text;
  }

  async #readRisky(stuck: readonly TaskState[]) {
    this.#options.onStep('reading control groups and mounts');
    const folders = stuck.slice(0, MAX_CGROUPS).map(taskFolder);
    const sets = [...RISKY_FILES, ...folders.map((folder) => ({ folder, files: RISKY_TASK_FILES }))];
    const texts = new Map<string, string>();
    for (const set of sets) {
      const before = this.#reader.stuckFiles.length;
      for (const [path, text] of await this.#reader.read([set], { timeoutMs: RISKY_TIMEOUT_MS })) {
        texts.set(path, text);
      }
      if (this.#reader.stuckFiles.length > before || this.#reader.isSpent) {
        break;
      }
    }
    return texts;
  }

  async #readOwners(stuck: readonly TaskState[]): Promise<string | undefined> {
    const why = this.#whyNoProbe(stuck);
    if (why !== undefined) {
      this.#notes.push(`owners of locks were not read: ${why}`);
      return undefined;
    }
    if (stuck.length === 0) {
      return undefined;
    }
    this.#options.onStep('reading owners of locks');
    const machine = machineOf(stuck);
    const program = ownerProgram(
      stuck.map(({ tid }) => tid),
      machine,
    );
    if (program === undefined) {
      this.#notes.push('owners of locks were not read: only x86_64 and aarch64 are known');
      return undefined;
    }
    if (stuck.length > MAX_PROBED) {
      this.#notes.push(`owners of locks were read for ${MAX_PROBED} of ${stuck.length} stuck tasks`);
    }
    return this.#runProbe(program);
  }

  #whyNoProbe(stuck: readonly TaskState[]): string | undefined {
    if (!this.#options.bpftrace) {
      return '--no-bpftrace was given';
    }
    return this.#target.run === undefined ? 'nothing new can be started' : findProbeBlocker(stuck);
  }

  async #runProbe(program: string): Promise<string | undefined> {
    const stop = AbortSignal.timeout(PROBE_SECONDS * 1000 + PROBE_GRACE_MS);
    try {
      const { status, stdout, stderr } = await this.#target.run!(ownerCommand(program, PROBE_SECONDS), {
        privileged: true,
        signal: AbortSignal.any([this.#options.signal, stop]),
        timeoutMs: PROBE_SECONDS * 1000 + 2 * PROBE_GRACE_MS,
        maxOutputBytes: MAX_PROBE_BYTES,
      });
      if (status === 0) {
        return stdout;
      }
      const said = status === 127 ? 'bpftrace is not there' : (stderr.trim().split('\n').at(-1) ?? '');
      this.#notes.push(`owners of locks were not read: ${said || 'bpftrace was ended after its time'}`);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#notes.push(`owners of locks were not read: ${error instanceof Error ? error.message : error}`);
    }
    return undefined;
  }
}

interface LogReading {
  readonly command: Promise<RunningCommand | undefined>;
  /** undefined = it cannot be had. */
  readonly text: Promise<string | undefined>;
}

/** The one thing that no shell can read by itself; so it is started with the shells. */
function startLog(target: SnapshotTarget, signal: AbortSignal): LogReading {
  const command = target.start('exec dmesg', { privileged: true, signal }).catch(() => undefined);
  return { command, text: command.then((running) => running && collect(running)) };
}

async function collect(command: RunningCommand): Promise<string | undefined> {
  command.stderr.resume();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of command.stdout) {
    size += chunk.length;
    if (size <= MAX_LOG_BYTES) {
      chunks.push(Buffer.from(chunk));
    }
  }
  const { status } = await command.done;
  return status === 0 ? Buffer.concat(chunks).toString() : undefined;
}

function mergeTasks(known: readonly ScannedTask[], seen: readonly ScannedTask[]): ScannedTask[] {
  const byTid = new Map([...known, ...seen].map((task) => [task.tid, task]));
  return [...byTid.values()];
}

function toFileSet(path: string): FileSet {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash), files: [path.slice(slash + 1)] };
}

/** As far as blocked stacks tell: no machine's name is in a file that a shell can read on every kernel. */
function machineOf(tasks: readonly TaskState[]): string {
  const isArm = tasks.some(({ names }) => names.some((name) => /^el0t?_|^invoke_syscall/.test(name)));
  return isArm ? 'aarch64' : 'x86_64';
}
