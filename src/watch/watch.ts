import { setTimeout as sleep } from 'node:timers/promises';
import type { AnalyzeOptions } from '../../analysis/index.ts';
import { describeCapture, type RunningCapture, startCapture } from '../bpf/capture.ts';
import type { Program } from '../bpf/compose.ts';
import type { TargetFacts } from '../bpf/target-facts.ts';
import type { Target } from '../target/target.ts';
import { errorText } from '../trace/index.ts';
import { type Finding, FindingLog } from './finding-log.ts';
import type { Ring } from './rings.ts';
import { SegmentWindow } from './segment-window.ts';
import { Speaker } from './speaker.ts';
import type { WatchEvent } from './watch-event.ts';
import { WatchSession } from './watch-session.ts';

/** A target that was reached, and the program that fits its kernel. */
export interface WatchTarget {
  readonly target: Target;
  /** Resolves with what happened where the machine's death is noticed by other means than the connection. */
  readonly machineEnd?: Promise<string>;
  readonly program: Program;
  readonly facts: TargetFacts;
}

export interface WatchOptions {
  readonly targetName: string;
  /** Reaches the target, each time anew. */
  readonly open: (signal: AbortSignal) => Promise<WatchTarget>;
  readonly thresholdMs: number;
  readonly holdwaitVersion: string;
  readonly analyze: AnalyzeOptions;
  /** How long a cycle that is only suspected must have stood. */
  readonly suspectAfterNs: number;
  /** Exists already, and is this watch's alone: the window and the saved captures. */
  readonly folder: string;
  readonly keepNs: number;
  readonly keepBytes: number;
  /** Saved captures that are kept, the newest. */
  readonly maxSaved: number;
  readonly rings: readonly Ring[];
  readonly durationMs?: number;
  /** End at the first finding. */
  readonly untilFinding?: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchEvent) => void;
  /** From the first attempt to come back to the last; default 1 s, doubled up to 30 s. */
  readonly backoffMs?: { readonly first: number; readonly last: number };
}

export interface WatchEnd {
  readonly findings: number;
  /** False: the target was lost and had not come back. */
  readonly connected: boolean;
}

/** A cycle is said when the tracer has walked its open waits once more and still tells of no end. */
export const CONFIRM_NS = 250e6;

const FLUSH_EVERY_MS = 50;
const STATUS_EVERY_MS = 10_000;
const BACKOFF_MS = { first: 1_000, last: 30_000 };
/** A session of this length was no failed attempt. */
const STABLE_MS = 60_000;
/** From the first word to the last probe: an emulated CPU takes a minute for all scripts. */
const ATTEMPT_TIMEOUT_MS = 300_000;
/** The tracer ticks five times a second. Whatever keeps it silent for so long, another one may get through. */
const SILENT_FOR_GOOD_MS = 120_000;
/** The tracer detaches its probes before it leaves; on a machine that hangs it may never. */
const STOP_GRACE_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** The target, while its tracer runs. */
interface Running {
  readonly opened: WatchTarget;
  readonly session: WatchSession;
  readonly capture: RunningCapture;
}

/** Watches one target until told to stop, over any number of connections. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #window: SegmentWindow;
  readonly #speaker: Speaker;
  readonly #stop = new AbortController();
  #log: FindingLog;
  #running: Running | undefined;
  #bootId: string | undefined;
  #aliveAt = new Date();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#log = this.#createLog(0);
    const { folder, keepNs, keepBytes } = options;
    this.#window = new SegmentWindow({ folder, keepNs, keepBytes });
    this.#speaker = new Speaker(this.#window, options);
  }

  /** The present run of the tracer; undefined while there is none. */
  get session(): WatchSession | undefined {
    return this.#running?.session;
  }

  get window(): SegmentWindow {
    return this.#window;
  }

  /** Findings that were said and are not over. */
  get standing(): readonly Finding[] {
    return this.#log.standing;
  }

  /**
   * Resolves when the watch was stopped and all that was said is saved and rung.
   *
   * @throws HoldwaitError what the first attempt to reach the target throws; later ones are told and made again
   */
  async run(): Promise<WatchEnd> {
    const { signal, durationMs } = this.#options;
    const onAbort = (): void => this.#end('interrupted');
    signal.addEventListener('abort', onAbort, { once: true });
    const statusTimer = setInterval(() => this.#sayStatus(), STATUS_EVERY_MS);
    let durationTimer: NodeJS.Timeout | undefined;
    try {
      signal.throwIfAborted();
      this.#running = await this.#connect(undefined);
      this.#speaker.started(this.#running.opened.facts.kernelRelease);
      if (durationMs !== undefined) {
        durationTimer = setTimeout(() => this.#end('duration'), durationMs);
      }
      const connected = await this.#watchOn(this.#running);
      await this.#speaker.settle();
      return { findings: this.#log.count, connected };
    } finally {
      clearInterval(statusTimer);
      clearTimeout(durationTimer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** One run of the tracer after another; false = it was stopped while there was none. */
  async #watchOn(first: Running): Promise<boolean> {
    let delayMs = this.#backoffMs.first;
    for (let running: Running | undefined = first; ; ) {
      const beganMs = performance.now();
      const reason = await this.#follow(running);
      if (this.#stop.signal.aborted) {
        return true;
      }
      this.#speaker.lost(reason, running.session.openWaits, this.#log.standing);
      this.#running = undefined;
      const isStable = performance.now() - beganMs >= STABLE_MS;
      delayMs = isStable ? this.#backoffMs.first : this.#longer(delayMs);
      running = await this.#comeBack(reason, delayMs);
      if (running === undefined) {
        return false;
      }
      this.#running = running;
    }
  }

  async #connect(gap: (() => string) | undefined): Promise<Running> {
    const launch = new AbortController();
    const giveUp = (): void => launch.abort(new Error('it took too long'));
    const timer = setTimeout(giveUp, ATTEMPT_TIMEOUT_MS);
    this.#stop.signal.addEventListener('abort', giveUp);
    try {
      const opened = await this.#options.open(launch.signal);
      return await this.#startTracer(opened, gap, launch.signal).catch(async (error: unknown) => {
        await closeTarget(opened.target);
        throw error;
      });
    } finally {
      // What has begun is stopped in other ways.
      this.#stop.signal.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
  }

  async #startTracer(
    opened: WatchTarget,
    gap: (() => string) | undefined,
    signal: AbortSignal,
  ): Promise<Running> {
    const { target, facts, program, machineEnd } = opened;
    const { thresholdMs, holdwaitVersion, analyze, keepNs } = this.#options;
    const setup = { program, facts, thresholdMs, holdwaitVersion };
    this.#log = this.#createLog(this.#log.count);
    const session = new WatchSession({
      info: describeCapture(target.name, setup),
      analyze,
      keepNs,
      window: this.#window,
      log: this.#log,
      gap,
      onChanges: (changes, analysis, unconfirmed) => {
        this.#speaker.changed(changes, analysis, unconfirmed);
        if (this.#options.untilFinding && changes.some(({ type }) => type === 'found')) {
          this.#end('finding');
        }
      },
      onNote: (text) => this.#speaker.note(text),
    });
    const capture = await startCapture(target, {
      ...setup,
      sinks: [session],
      signal,
      machineEnd,
      flushEveryMs: FLUSH_EVERY_MS,
      onStatus: (status) => {
        this.#aliveAt = status.aliveNs > session.aliveNs ? new Date() : this.#aliveAt;
        session.setStatus(status);
      },
    });
    session.setCapture(capture);
    this.#speaker.session = session;
    this.#bootId = facts.bootId;
    return { opened, session, capture };
  }

  /** Resolves with the reason when the tracer has ended, by itself or because it was told to. */
  async #follow({ opened, session, capture }: Running): Promise<string> {
    const stopNow = (): void => capture.stop(String(this.#stop.signal.reason.message), STOP_GRACE_MS);
    const watchdog = setInterval(() => {
      if (session.silentMs > SILENT_FOR_GOOD_MS) {
        capture.stop(`the tracer gave no sign of life for ${SILENT_FOR_GOOD_MS / 1000} s`, 0);
      }
    }, STATUS_EVERY_MS);
    this.#stop.signal.addEventListener('abort', stopNow, { once: true });
    if (this.#stop.signal.aborted) {
      stopNow();
    }
    try {
      const { endReason } = await capture.done;
      await session.end(!this.#stop.signal.aborted);
      return endReason ?? 'it ended';
    } finally {
      clearInterval(watchdog);
      this.#stop.signal.removeEventListener('abort', stopNow);
      await closeTarget(opened.target);
    }
  }

  /** Tries until it works; undefined = the watch was stopped meanwhile. */
  async #comeBack(reason: string, firstDelayMs: number): Promise<Running | undefined> {
    const from = this.#aliveAt;
    const before = { bootId: this.#bootId, standing: this.#log.standing };
    const gap = (): string =>
      `not watched from ${from.toISOString()} to ${new Date().toISOString()}: ${reason}`;
    let delayMs = firstDelayMs;
    let said = '';
    for (let attempts = 1; ; attempts++) {
      try {
        await sleep(delayMs, undefined, { signal: this.#stop.signal });
        const running = await this.#connect(gap);
        const rebooted = before.bootId !== this.#bootId;
        this.#speaker.reconnected({ from, reason, rebooted, attempts, standing: before.standing });
        return running;
      } catch (error) {
        if (this.#stop.signal.aborted) {
          return undefined;
        }
        const text = errorText(error);
        if (text !== said) {
          said = text;
          this.#speaker.note(`${this.#options.targetName} cannot be watched again yet: ${text}`);
        }
        delayMs = this.#longer(delayMs);
      }
    }
  }

  #sayStatus(): void {
    if (this.#running !== undefined) {
      this.#speaker.status(this.#running.session, this.#log.standing);
    }
  }

  #createLog(firstNumber: number): FindingLog {
    const { suspectAfterNs } = this.#options;
    return new FindingLog({ confirmNs: CONFIRM_NS, suspectAfterNs, firstNumber });
  }

  get #backoffMs() {
    return this.#options.backoffMs ?? BACKOFF_MS;
  }

  #longer(delayMs: number): number {
    return Math.min(delayMs * 2, this.#backoffMs.last);
  }

  #end(reason: string): void {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort(new Error(reason));
    }
  }
}

/** A connection to a machine that is gone may never close in good order. */
async function closeTarget(target: Target): Promise<void> {
  const closed = target.close().catch(() => {});
  await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
}
