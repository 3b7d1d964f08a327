import type { Analysis } from '../../analysis/index.ts';
import type { Finding, FindingChange } from './finding-log.ts';
import { type Ring, Rings } from './rings.ts';
import { SavedCaptures } from './saved-captures.ts';
import type { SegmentWindow } from './segment-window.ts';
import { WATCH_SCHEMA, type WatchEvent, type WatchNews } from './watch-event.ts';
import type { WatchSession } from './watch-session.ts';

export interface SpeakerOptions {
  readonly targetName: string;
  /** Of the saved captures. */
  readonly folder: string;
  /** Saved captures that are kept, the newest. */
  readonly maxSaved: number;
  readonly rings: readonly Ring[];
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchEvent) => void;
}

/** A time without a tracer. */
export interface Gap {
  readonly from: Date;
  readonly reason: string;
  readonly rebooted: boolean;
  readonly attempts: number;
  /** What stood before it. */
  readonly standing: readonly Finding[];
}

const NS_PER_MS = 1e6;
/** The tracer ticks five times a second. */
const NOTABLE_SILENCE_MS = 10_000;

/** Says what a watch has to say: as events, as saved captures, and to those who are to be called. */
export class Speaker {
  /** Whose time it is; undefined before the first. */
  session: WatchSession | undefined;
  readonly #options: SpeakerOptions;
  readonly #window: SegmentWindow;
  readonly #saved: SavedCaptures;
  readonly #rings: Rings;
  #saving: Promise<void> = Promise.resolve();
  #isSilent = false;

  constructor(window: SegmentWindow, options: SpeakerOptions) {
    const { folder, maxSaved, rings, signal } = options;
    this.#options = options;
    this.#window = window;
    this.#saved = new SavedCaptures(folder, maxSaved);
    this.#rings = new Rings(rings, signal, (text) => this.note(text));
  }

  /** Resolves when all that was said is saved, and rung or failed. */
  async settle(): Promise<void> {
    await this.#saving;
    await this.#rings.settle();
  }

  started(kernelRelease: string): void {
    this.#tell({ event: 'started', kernelRelease, folder: this.#options.folder });
  }

  /** @param unconfirmed nothing came after what is said now */
  changed(changes: readonly FindingChange[], analysis: Analysis, unconfirmed: boolean): void {
    for (const change of changes) {
      const { finding } = change;
      if (change.type === 'found') {
        this.#found(finding, analysis, unconfirmed);
        continue;
      }
      const { id, verdict, tasks, saidNs } = finding;
      const lastedNs = this.#atNs - saidNs;
      this.#ring({ event: 'resolved', id, was: verdict, tasks, reason: change.reason, lastedNs });
    }
  }

  lost(reason: string, openWaits: number, standing: readonly Finding[]): void {
    this.#ring({ event: 'lost', reason, openWaits, findings: standing.map(({ id }) => id) });
  }

  reconnected({ from, reason, rebooted, attempts, standing }: Gap): void {
    const to = new Date();
    this.#ring({
      event: 'reconnected',
      missedFrom: from.toISOString(),
      missedTo: to.toISOString(),
      missedMs: to.getTime() - from.getTime(),
      reason,
      rebooted,
      attempts,
    });
    for (const { id, verdict, tasks } of rebooted ? standing : []) {
      this.#ring({ event: 'resolved', id, was: verdict, tasks, reason: 'rebooted' });
    }
  }

  status({ status, silentMs, openWaits }: WatchSession, standing: readonly Finding[]): void {
    if (status === undefined) {
      return;
    }
    const { events, eventsPerSecond, longestWaitNs, lost } = status;
    this.#noteSilence(silentMs);
    this.#tell({
      event: 'status',
      events,
      eventsPerSecond,
      openWaits,
      longestWaitNs,
      lost,
      silentMs: Math.round(silentMs),
      windowBytes: this.#window.sizeBytes(),
      findings: standing.map(({ id }) => id),
    });
  }

  note(text: string): void {
    this.#tell({ event: 'note', text });
  }

  #found(finding: Finding, analysis: Analysis, unconfirmed: boolean): void {
    const { id, verdict, tasks, signature, closedNs, saidNs } = finding;
    const capture = this.#saved.pathOf(finding);
    const event = this.#tell({
      event: verdict,
      id,
      tasks,
      signature,
      closedNs,
      saidNs,
      latencyMs: (saidNs - closedNs) / NS_PER_MS,
      ...(unconfirmed ? { unconfirmed: true as const } : {}),
      capture,
      analysis,
    });
    const saved = this.#save(finding, capture);
    // Whoever is called finds the file whole.
    this.#saving = Promise.all([this.#saving, saved]).then(() => this.#rings.ring(event));
  }

  async #save({ id, verdict }: Finding, capture: string): Promise<void> {
    const info = { ...this.session?.info(), endReason: `saved by the watch: ${verdict} ${id}` };
    const error = await this.#saved.save(this.#window, capture, info);
    this.#tell({ event: 'saved', id, capture, ...(error === undefined ? {} : { error }) });
  }

  /** A machine that hangs as a whole tells nothing, not even that. */
  #noteSilence(silentMs: number): void {
    const isSilent = silentMs >= NOTABLE_SILENCE_MS;
    if (isSilent && !this.#isSilent) {
      const seconds = Math.round(silentMs / 1000);
      this.note(`the tracer on ${this.#options.targetName} has given no sign of life for ${seconds} s`);
    }
    this.#isSilent = isSilent;
  }

  #ring(news: WatchNews): void {
    this.#rings.ring(this.#tell(news));
  }

  #tell(news: WatchNews): WatchEvent {
    const event = {
      schema: WATCH_SCHEMA,
      ...news,
      at: new Date().toISOString(),
      target: this.#options.targetName,
      atNs: this.#atNs,
    } as WatchEvent;
    this.#options.onEvent(event);
    return event;
  }

  get #atNs(): number {
    return this.session?.aliveNs ?? 0;
  }
}
