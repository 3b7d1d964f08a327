import { PassThrough, pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningCommand, Target } from '../target/target.ts';
import type { CaptureInfo, Loss } from '../trace/capture-info.ts';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { cutColumns } from '../trace/event-columns.ts';
import { summariseLosses } from '../trace/loss-summary.ts';
import { splitLines } from '../trace/split-lines.ts';
import { TraceBuilder, type TraceSink } from '../trace/trace.ts';
import { EventCode } from '../trace/words.ts';
import type { Program } from './compose.ts';
import { CaptureDecoder } from './decode.ts';
import { isAtLeast } from './kernel-version.ts';
import { SymbolTable } from './symbols.ts';
import type { TargetFacts } from './target-facts.ts';

export interface CaptureOptions {
  readonly program: Program;
  readonly facts: TargetFacts;
  readonly thresholdMs: number;
  readonly holdwaitVersion: string;
  /** Every batch goes to each of them, in order. */
  readonly sinks: readonly TraceSink[];
  readonly signal?: AbortSignal;
  /** How often what has come goes to the sinks; 200 unless given. */
  readonly flushEveryMs?: number;
  /** Resolves with the reason, in words, if the machine is found dead by other means than the connection. */
  readonly machineEnd?: Promise<string>;
  readonly onStatus?: (status: CaptureStatus) => void;
}

/** The state of a running capture, reported after every batch. */
export interface CaptureStatus {
  readonly events: number;
  /** Over about the last second. */
  readonly eventsPerSecond: number;
  readonly openWaits: number;
  /** Longest open wait, ns. */
  readonly longestWaitNs: number;
  readonly lost: number;
  /** Last sign of life of the tracer, ns since the capture's start. */
  readonly aliveNs: number;
}

export interface RunningCapture {
  /** What the capture would say of itself if it ended now. */
  info(): CaptureInfo;
  /** Text to be kept with the capture as evidence. */
  attach(name: string, text: string): void;
  /**
   * Starts new tables of tasks, resources and stacks after the next batch: from then on the sinks get another builder with
   * every batch. What is held is in the new tables from the start. Keeps a capture of days in bounds.
   */
  renewTables(): void;
  /**
   * Ends the capture; `reason` is stored with it. Safe to call twice. The capture is whole up to the last record that
   * has come by now; `graceMs` is only how long the tracer may take to leave in good order (0 = nobody waits for it).
   */
  stop(reason: string, graceMs?: number): void;
  /** Resolves when everything received is stored; rejects only if a sink failed. */
  readonly done: Promise<CaptureInfo>;
}

const FLUSH_EVERY_MS = 200;
/** What the event rate is reckoned over. */
const RATE_OVER_MS = 1000;
/** bpftrace detaches its probes before it leaves; a hung machine may never let it. */
const STOP_GRACE_MS = 20_000;
/** Five megabytes that the kernel makes up as it is read; done in under a second where nothing is wrong. */
const SYMBOLS_TIMEOUT_MS = 120_000;
/** After a connection was lost; only where the machine itself is watched. */
const DEATH_IS_KNOWN_WITHIN_MS = 2_000;
const MAX_LINE_BYTES = 1 << 20;
/** Ring buffer pages for each CPU (2 MiB): the default of 256 KiB is two thousand records with a stack. */
const RING_PAGES = 512;
const STDERR_TAIL_BYTES = 4096;

/** What is known of a capture before it begins: sinks are opened with it, so that one that is cut off has it too. */
export function describeCapture(
  target: string,
  options: Pick<CaptureOptions, 'program' | 'facts' | 'thresholdMs' | 'holdwaitVersion'>,
): CaptureInfo {
  const { facts, program, thresholdMs, holdwaitVersion } = options;
  return {
    target,
    hostname: facts.hostname,
    kernelRelease: facts.kernelRelease,
    kernelVersion: facts.kernelVersion,
    machine: facts.machine,
    bootId: facts.bootId,
    holdwaitVersion,
    bpftraceVersion: facts.bpftraceVersion,
    scripts: program.scripts,
    hooks: program.hooks,
    thresholdNs: thresholdMs * 1e6,
    clock: 'monotonic',
  };
}

/**
 * Starts bpftrace on the target and stores what it says; resolves once every probe is attached.
 *
 * @throws HoldwaitError `BPFTRACE_FAILED` if bpftrace ends before that, and whatever the target throws
 */
export async function startCapture(target: Target, options: CaptureOptions): Promise<RunningCapture> {
  const command = await launchTracer(target, options);
  const session = new CaptureSession(target, command, options);
  await session.attached;
  return session;
}

/** Only the launch is given the signal: then the session stops the tracer, and has more patience than a target has. */
async function launchTracer(target: Target, { program, signal }: CaptureOptions): Promise<RunningCommand> {
  const launch = new AbortController();
  const abort = (): void => launch.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) {
    abort();
  }
  try {
    // exec: a shell in between would die of the interrupt, and hide whether bpftrace left by itself.
    return await target.start(`exec env BPFTRACE_PERF_RB_PAGES=${RING_PAGES} bpftrace -f json -`, {
      privileged: true,
      input: program.text,
      signal: launch.signal,
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

class CaptureSession implements RunningCapture {
  /** Resolves when the tracer has said its first word: bpftrace reads its buffers only when all probes are attached. */
  readonly attached: Promise<void>;
  readonly done: Promise<CaptureInfo>;
  readonly #target: Target;
  readonly #command: RunningCommand;
  /**
   * What the tracer says. A stream of its own, because ssh2 ends a destroyed channel only when the far side agrees, and the
   * far side of a tracer that is stuck in the kernel never does.
   */
  readonly #stdout = new PassThrough();
  readonly #options: CaptureOptions;
  readonly #flushEveryMs: number;
  #builder = new TraceBuilder();
  readonly #openWaits = new Map<number, number>();
  readonly #startedAt = new Date().toISOString();
  #decoder: CaptureDecoder | undefined;
  #renewalAsked = false;
  #events = 0;
  #recentEvents: number[] = [];
  #lost = 0;
  #stderrTail = '';
  #endReason: string | undefined;
  /** bpftrace detaches one probe after another: what a begin probe sees after that of the end has gone, never ends. */
  #cutNs = Number.POSITIVE_INFINITY;
  #graceTimer: NodeJS.Timeout | undefined;
  #forced = false;
  readonly #abandoned = Promise.withResolvers<undefined>();
  #sinkFailure: unknown;

  constructor(target: Target, command: RunningCommand, options: CaptureOptions) {
    this.#target = target;
    this.#command = command;
    this.#options = options;
    this.#flushEveryMs = options.flushEveryMs ?? FLUSH_EVERY_MS;
    // What ends it, or breaks it, is told to whoever reads the near end.
    pipeline(command.stdout, this.#stdout, () => {});
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.attached = promise;
    this.done = this.#run(resolve).catch((error: unknown) => {
      reject(error);
      throw error;
    });
    // A failure before the first record is reported through `attached`; nobody need listen to `done` then.
    this.done.catch(() => {});
    options.signal?.addEventListener('abort', () => this.stop('interrupted'), { once: true });
    if (options.signal?.aborted) {
      this.stop('interrupted');
    }
    options.machineEnd?.then((reason) => this.#abandon(reason));
  }

  attach(name: string, text: string): void {
    this.#builder.addAttachment({ name, text });
  }

  renewTables(): void {
    this.#renewalAsked = true;
  }

  stop(reason: string, graceMs = STOP_GRACE_MS): void {
    if (this.#graceTimer !== undefined) {
      return;
    }
    this.#endReason ??= reason;
    if (this.#decoder !== undefined) {
      this.#cutNs = Math.max(this.#decoder.aliveNs, this.#builder.latestNs);
    }
    this.#command.interrupt();
    this.#graceTimer = setTimeout(() => {
      if (graceMs > 0) {
        this.#noteForcedEnd();
      }
      this.#abandon(reason);
    }, graceMs);
  }

  /**
   * The tracer was asked to stop and was ended by force. Since Linux 5.8 all CPUs write to one ring buffer, in order: what
   * has not come by the time of the stop is of after the capture's end. Before, each CPU had a buffer of its own.
   */
  #noteForcedEnd(): void {
    if (this.#forced) {
      return;
    }
    this.#forced = true;
    this.#endReason = `${this.#endReason}; bpftrace did not end by itself`;
    if (!isAtLeast(this.#options.facts.kernelRelease, 5, 8)) {
      this.#builder.addLoss({ tsNs: this.#builder.latestNs, count: 1, reason: 'tracer_did_not_stop' });
    }
  }

  /** Gives up on the far side: what has been received is all there is. */
  #abandon(reason: string): void {
    this.#endReason ??= reason;
    this.#abandoned.resolve(undefined);
    this.#stdout.destroy();
  }

  async #run(onAttached: () => void): Promise<CaptureInfo> {
    const flushing = setInterval(() => this.#flushOrAbandon(), this.#flushEveryMs);
    this.#command.stderr.on('data', (chunk: Buffer) => this.#keepStderr(chunk));
    this.#command.stderr.on('error', () => {});
    let failure: unknown;
    try {
      await this.#readLines(onAttached);
      await this.#settle();
    } catch (error) {
      failure = error;
    }
    clearInterval(flushing);
    clearTimeout(this.#graceTimer);
    return this.#finish(this.#sinkFailure ?? failure);
  }

  async #readLines(onAttached: () => void): Promise<void> {
    const stdout = this.#stdout;
    let waiting: string[] = [];
    try {
      for await (const lines of splitLines(stdout, MAX_LINE_BYTES)) {
        for (const { text } of lines) {
          waiting.push(text ?? '');
        }
        // The tracer's first record says that its own code is in place, and so in kallsyms.
        if (this.#decoder === undefined && waiting.some((line) => line.includes('"printf"'))) {
          this.#decoder = await this.#createDecoder();
          onAttached();
        }
        if (this.#decoder !== undefined) {
          this.#decode(waiting);
          waiting = [];
        }
      }
    } catch (error) {
      if (!stdout.destroyed) {
        throw error;
      }
      await this.#noteLost(errorText(error));
    }
  }

  async #createDecoder(): Promise<CaptureDecoder> {
    const { stdout } = await this.#target.run('cat /proc/kallsyms', {
      privileged: true,
      signal: this.#options.signal,
      timeoutMs: SYMBOLS_TIMEOUT_MS,
    });
    const symbols = SymbolTable.parse(stdout);
    return new CaptureDecoder(this.#builder, { symbols, deviceNames: this.#options.facts.deviceNames });
  }

  #decode(lines: readonly string[]): void {
    for (const line of lines) {
      this.#decoder!.decodeLine(line);
    }
  }

  /** Waits for the end of bpftrace and says why the capture ended, if nobody has. */
  async #settle(): Promise<void> {
    // A tracer that cannot leave the kernel has closed its output by then.
    const end = await Promise.race([this.#abandoned.promise, this.#command.done]);
    if (this.#decoder === undefined) {
      throw this.#notStarted(end?.lost);
    }
    if (end !== undefined && end.status === undefined && this.#graceTimer !== undefined) {
      this.#noteForcedEnd();
    }
    if (end?.lost !== undefined) {
      await this.#noteLost(end.lost);
    }
    const how = end?.status === undefined ? 'was killed' : `ended with status ${end.status}`;
    this.#endReason ??= `bpftrace ${how}: ${this.#lastStderrLine()}`;
  }

  /** A machine that dies closes its connections on the way: what it died of is the better reason. */
  async #noteLost(what: string): Promise<void> {
    if (this.#endReason === undefined && this.#options.machineEnd !== undefined) {
      await Promise.race([this.#options.machineEnd, sleep(DEATH_IS_KNOWN_WITHIN_MS)]);
    }
    this.#endReason ??= `target lost: ${what}`;
  }

  #notStarted(lost: string | undefined): HoldwaitError {
    const { name } = this.#target;
    if (this.#options.signal?.aborted) {
      return new HoldwaitError(
        'target',
        'CANCELLED',
        `the capture of ${name} was interrupted before it began`,
        { hint: undefined },
      );
    }
    const what = lost ?? this.#stderrTail.trim();
    return new HoldwaitError(
      'target',
      'BPFTRACE_FAILED',
      `bpftrace did not start on ${name}: ${what || 'it said nothing'}`,
      {
        hint: `\`holdwait doctor ${name}\` says what is missing; \`holdwait capture ${name} --dry-run\` prints the program.`,
      },
    );
  }

  /** A full disk must end the capture and be said, not be thrown out of a timer. */
  #flushOrAbandon(): void {
    try {
      this.#flush();
    } catch (error) {
      this.#sinkFailure = error;
      this.#command.interrupt();
      this.#abandon(`storing failed: ${errorText(error)}`);
    }
  }

  #flush(): void {
    const taken = this.#builder.take();
    const batch = {
      ...taken,
      events: cutColumns(taken.events, this.#cutNs),
      losses: this.#mergeLosses(taken.losses),
    };
    const { events } = batch;
    this.#events += events.length;
    const flushes = Math.max(1, Math.round(RATE_OVER_MS / this.#flushEveryMs));
    this.#recentEvents = [...this.#recentEvents, events.length].slice(-flushes);
    this.#lost += summariseLosses(batch.losses).total;
    for (let i = 0; i < events.length; i++) {
      if (events.type[i] === EventCode.waitBegin) {
        this.#openWaits.set(events.tid[i]!, events.tsNs[i]!);
      } else if (events.type[i] === EventCode.waitEnd) {
        this.#openWaits.delete(events.tid[i]!);
      }
    }
    for (const sink of this.#options.sinks) {
      sink.write(batch, this.#builder);
    }
    this.#renewIfAsked();
    if (this.#decoder !== undefined) {
      this.#options.onStatus?.(this.#status());
    }
  }

  /** Only between batches: a sink may ask for it from within its write(). */
  #renewIfAsked(): void {
    if (this.#renewalAsked) {
      this.#renewalAsked = false;
      const builder = new TraceBuilder();
      this.#decoder?.moveTo(builder);
      this.#builder = builder;
    }
  }

  /** One row for each reason: a full map alone can refuse a hundred thousand entries a second. */
  #mergeLosses(losses: readonly Loss[]): readonly Loss[] {
    const tsNs = this.#builder.latestNs;
    return Object.entries(summariseLosses(losses).byReason).map(([reason, count]) => ({
      tsNs,
      count,
      reason,
    }));
  }

  #status(): CaptureStatus {
    const aliveNs = this.#decoder?.aliveNs ?? 0;
    let oldestNs = aliveNs;
    for (const sinceNs of this.#openWaits.values()) {
      oldestNs = Math.min(oldestNs, sinceNs);
    }
    return {
      events: this.#events,
      eventsPerSecond: (sum(this.#recentEvents) * 1000) / (this.#recentEvents.length * this.#flushEveryMs),
      openWaits: this.#openWaits.size,
      longestWaitNs: aliveNs - oldestNs,
      lost: this.#lost,
      aliveNs,
    };
  }

  async #finish(failure: unknown): Promise<CaptureInfo> {
    const info = this.info();
    if (this.#decoder !== undefined && this.#sinkFailure === undefined) {
      this.#flush();
    }
    for (const sink of this.#options.sinks) {
      await sink.close(info);
    }
    if (failure !== undefined) {
      throw failure;
    }
    return info;
  }

  info(): CaptureInfo {
    return {
      ...describeCapture(this.#target.name, this.#options),
      startClockNs: this.#decoder?.startClockNs?.toString(),
      startedAt: this.#startedAt,
      endNs: this.#decoder && Math.min(this.#decoder.aliveNs, this.#cutNs),
      endReason: this.#endReason,
    };
  }

  #keepStderr(chunk: Buffer): void {
    this.#stderrTail = (this.#stderrTail + chunk.toString()).slice(-STDERR_TAIL_BYTES);
  }

  #lastStderrLine(): string {
    return this.#stderrTail.trim().split('\n').at(-1) || 'it said nothing';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
