import type { Analysis, AnalyzeOptions } from '../../analysis/index.ts';
import type { CaptureStatus, RunningCapture } from '../bpf/capture.ts';
import {
  type CaptureInfo,
  errorText,
  type TraceBatch,
  type TraceBuilder,
  type TraceSink,
} from '../trace/index.ts';
import type { FindingChange, FindingLog } from './finding-log.ts';
import { LiveAnalysis } from './live-analysis.ts';
import type { SegmentWindow } from './segment-window.ts';

export interface SessionOptions {
  /** What is known of the capture before it begins. */
  readonly info: CaptureInfo;
  readonly analyze: AnalyzeOptions;
  readonly keepNs: number;
  readonly window: SegmentWindow;
  readonly log: FindingLog;
  /** Says what was missed before this session, in words; asked when the first records come. */
  readonly gap: (() => string) | undefined;
  /** @param unconfirmed nothing came after what is said now */
  readonly onChanges: (changes: readonly FindingChange[], analysis: Analysis, unconfirmed: boolean) => void;
  readonly onNote: (text: string) => void;
}

/** Between two looks at what is open if nothing new asks for one; more where a look takes long. */
const LOOK_EVERY_NS = 1e9;
/** A look may take this part of the time, or where something new asks for one. */
const LOOK_SHARE = 1 / 20;
const NEWS_SHARE = 1 / 4;
/** The tracer ticks five times a second: silence for so long after a cycle closed is a sign by itself. */
const SILENCE_MS = 3_000;
const NS_PER_MS = 1e6;

/** One run of the tracer, as a sink of its capture: into the analysis and the window, with a look at whatever may be a finding. */
export class WatchSession implements TraceSink {
  readonly #options: SessionOptions;
  readonly #live: LiveAnalysis;
  #capture: RunningCapture | undefined;
  #builder: TraceBuilder | undefined;
  #renewalAsked = false;
  #closed = false;
  #status: CaptureStatus | undefined;
  #aliveAtMs = performance.now();
  #isSilenceSaid = false;
  #nextLookNs = LOOK_EVERY_NS;
  #nextNewsNs = 0;
  #diskFailure: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#live = new LiveAnalysis({
      ...options.analyze,
      keepNs: options.keepNs,
      onClosed: () => {
        this.#closed = true;
      },
    });
    options.window.startSession();
  }

  /** The tracer's newest sign of life, ns since the session's start. */
  get aliveNs(): number {
    return this.#status?.aliveNs ?? 0;
  }

  get status(): CaptureStatus | undefined {
    return this.#status;
  }

  get silentMs(): number {
    return performance.now() - this.#aliveAtMs;
  }

  get openWaits(): number {
    return this.#live.openWaits;
  }

  info(): CaptureInfo {
    return this.#capture?.info() ?? this.#options.info;
  }

  setCapture(capture: RunningCapture): void {
    this.#capture = capture;
  }

  /** The whole answer of now; undefined before the first record. */
  analyze(): Analysis | undefined {
    return this.#builder === undefined ? undefined : this.#live.result(this.info(), this.aliveNs);
  }

  write(arrived: TraceBatch, builder: TraceBuilder): void {
    if (this.#status === undefined && arrived.events.length === 0) {
      // The probes are still being attached.
      return;
    }
    const batch = builder === this.#builder ? arrived : this.#renew(arrived, builder);
    this.#live.play(batch.events, batch.losses);
    this.#onDisk(() => this.#options.window.write(batch, builder));
    if (!this.#renewalAsked && this.#options.window.isFull(builder) && this.#capture !== undefined) {
      this.#renewalAsked = true;
      this.#capture.renewTables();
    }
  }

  close(): void {}

  /** To be called whenever something may have come, also when nothing has. */
  setStatus(status: CaptureStatus): void {
    if (status.aliveNs > this.aliveNs || this.#status === undefined) {
      this.#aliveAtMs = performance.now();
      this.#isSilenceSaid = false;
    }
    this.#status = status;
    this.#options.window.setTime(status.aliveNs);
    if (this.#isDue()) {
      this.#look(false);
    } else if (this.silentMs > SILENCE_MS && !this.#isSilenceSaid) {
      this.#isSilenceSaid = true;
      this.#look(true);
    }
  }

  /** @param lost the tracer ended by itself: nothing will confirm what was seen last */
  async end(lost: boolean): Promise<void> {
    if (lost && this.#builder !== undefined) {
      this.#look(true);
    }
    await this.#options.window.end(this.info()).catch((error: unknown) => this.#noteDisk(error));
  }

  /** The first batch of new tables: analysis and window begin anew with what is open. */
  #renew(batch: TraceBatch, builder: TraceBuilder): TraceBatch {
    const { window, gap } = this.#options;
    const isFirst = this.#builder === undefined;
    const head = this.#live.renew(builder, this.aliveNs);
    this.#builder = builder;
    this.#renewalAsked = false;
    const info = this.info();
    window.end(info).catch((error: unknown) => this.#noteDisk(error));
    this.#onDisk(() => {
      window.begin({ ...info, endNs: undefined }, builder, head);
      this.#diskFailure = undefined;
    });
    return isFirst && gap !== undefined ? withGap(batch, gap()) : batch;
  }

  #isDue(): boolean {
    const isNews = this.#closed || this.aliveNs >= this.#options.log.dueNs;
    return this.aliveNs >= (isNews ? this.#nextNewsNs : this.#nextLookNs);
  }

  #look(isLast: boolean): void {
    const { log, onChanges } = this.#options;
    const nowNs = this.aliveNs;
    this.#nextLookNs = nowNs + LOOK_EVERY_NS;
    const isNews = this.#closed || isLast || nowNs >= log.dueNs || log.standing.length > 0;
    this.#closed = false;
    if (!isNews && nowNs - this.#live.oldestWaitNs() < LOOK_EVERY_NS) {
      return;
    }
    const beganMs = performance.now();
    const analysis = this.#live.result(this.info(), nowNs);
    const changes = log.update(analysis, nowNs, this.#live.isOpen, isLast);
    const tookNs = (performance.now() - beganMs) * NS_PER_MS;
    this.#nextLookNs = nowNs + Math.max(LOOK_EVERY_NS, tookNs / LOOK_SHARE);
    this.#nextNewsNs = nowNs + tookNs / NEWS_SHARE;
    if (changes.length > 0) {
      onChanges(changes, analysis, isLast);
    }
  }

  /** A full disk ends the window and not the watch; the next piece is another try. */
  #onDisk(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#noteDisk(error);
      this.#options.window.end(this.info()).catch(() => {});
    }
  }

  #noteDisk(error: unknown): void {
    const text = errorText(error);
    if (text !== this.#diskFailure) {
      this.#diskFailure = text;
      this.#options.onNote(`the window has a gap: ${text}`);
    }
  }
}

function withGap(batch: TraceBatch, text: string): TraceBatch {
  return {
    ...batch,
    losses: [{ tsNs: 0, count: 1, reason: 'not_watched' }, ...batch.losses],
    attachments: [{ name: 'not-watched', text }, ...batch.attachments],
  };
}
