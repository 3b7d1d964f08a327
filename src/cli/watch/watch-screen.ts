import type { Palette } from '../../report/palette.ts';
import { renderWatch, type WatchedFinding, type WatchView } from '../../report/render-watch.ts';
import type { Watch } from '../../watch/watch.ts';
import type { FindingEvent, WatchEvent } from '../../watch/watch-event.ts';
import { describeRemaining } from '../shared/remaining-time.ts';
import { listNames } from './watch-printer.ts';

export interface ScreenStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 500;
/** Looking at everything that is open may take this part of the time. */
const LOOK_SHARE = 1 / 10;
/** The other screen of the terminal, and no cursor on it. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_TO_LINE_END = '\x1b[K';
const CLEAR_TO_SCREEN_END = '\x1b[J';
const NS_PER_MS = 1e6;
/** Findings and remarks kept to be shown. */
const MOST_KEPT = 100;
const OVER_WORDS = {
  ended: 'over',
  changed: 'over',
  joined: 'part of another',
  rebooted: 'rebooted',
} as const;

type MutableFinding = { -readonly [K in keyof WatchedFinding]: WatchedFinding[K] } & { readonly id: string };

/** Shows a watch on the terminal's other screen, and gives the terminal back as it was, whatever ends the process. */
export class WatchScreen {
  readonly #stream: ScreenStream;
  readonly #palette: Palette;
  readonly #target: string;
  readonly #folder: string;
  readonly #durationMs: number | undefined;
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #findings: MutableFinding[] = [];
  #note: string | undefined;
  #kernelRelease: string | undefined;
  #state: WatchView['state'] = 'reaching';
  #sinceMs = performance.now();
  #startedMs = performance.now();
  #analysis: WatchView['analysis'];
  #nextLookMs = 0;

  /** @param durationMs after which the watch ends by itself, if it does */
  constructor(
    target: string,
    folder: string,
    durationMs: number | undefined,
    stream: ScreenStream,
    palette: Palette,
  ) {
    this.#target = target;
    this.#folder = folder;
    this.#durationMs = durationMs;
    this.#stream = stream;
    this.#palette = palette;
  }

  start(watch: Watch): void {
    this.#watch = watch;
    this.#startedMs = performance.now();
    process.on('exit', this.#leave);
    process.on('SIGTSTP', this.#suspend);
    process.on('SIGCONT', this.#resume);
    this.#enter();
  }

  end(): void {
    process.off('exit', this.#leave);
    process.off('SIGTSTP', this.#suspend);
    process.off('SIGCONT', this.#resume);
    this.#leave();
  }

  add(event: WatchEvent): void {
    switch (event.event) {
      case 'deadlock':
      case 'suspected':
      case 'hang':
        this.#addFinding(event);
        break;
      case 'resolved':
        this.#findings = this.#findings.map((finding) =>
          finding.id === event.id ? { ...finding, over: OVER_WORDS[event.reason] } : finding,
        );
        break;
      case 'started':
        this.#kernelRelease = event.kernelRelease;
        this.#setState('watching');
        break;
      case 'lost':
        this.#setState('lost');
        break;
      case 'reconnected':
        this.#setState('watching');
        this.#note = `not watched from ${event.missedFrom} to ${event.missedTo}: ${event.reason}`;
        break;
      case 'note':
        this.#note = event.text;
        break;
      case 'saved':
        this.#note = event.error === undefined ? `saved: ${event.capture}` : `not saved: ${event.error}`;
        break;
      case 'status':
        break;
    }
  }

  /** Everything there is to show, now. */
  view(): WatchView {
    const { session, window } = this.#watch ?? {};
    return {
      target: this.#target,
      kernelRelease: this.#kernelRelease,
      state: this.#state,
      stateNs: (performance.now() - this.#sinceMs) * NS_PER_MS,
      remaining: describeRemaining(performance.now() - this.#startedMs, { totalMs: this.#durationMs }),
      silentNs: session === undefined ? undefined : session.silentMs * NS_PER_MS,
      status: session?.status,
      analysis: this.#look(),
      window: {
        folder: this.#folder,
        coveredNs: window?.coveredNs ?? 0,
        sizeBytes: window?.sizeBytes() ?? 0,
      },
      findings: this.#findings,
      note: this.#note,
    };
  }

  #addFinding(event: FindingEvent): void {
    const { id, at, signature } = event;
    const finding = { id, at: at.slice(11, 19), verdict: event.event, names: listNames(event), signature };
    this.#findings = [finding, ...this.#findings].slice(0, MOST_KEPT);
  }

  #setState(state: WatchView['state']): void {
    this.#state = state;
    this.#sinceMs = performance.now();
  }

  /** What is open, as new as its cost allows. */
  #look(): WatchView['analysis'] {
    const beganMs = performance.now();
    if (beganMs >= this.#nextLookMs) {
      this.#analysis = this.#watch?.session?.analyze();
      const tookMs = performance.now() - beganMs;
      this.#nextLookMs = beganMs + tookMs / LOOK_SHARE;
    }
    return this.#analysis;
  }

  #draw(): void {
    const { columns = 80, rows = 24 } = this.#stream;
    const lines = renderWatch(this.view(), { width: columns, height: rows }, this.#palette);
    const text = lines.map((line) => line + CLEAR_TO_LINE_END).join('\r\n');
    this.#stream.write(HOME + text + CLEAR_TO_SCREEN_END);
  }

  #enter(): void {
    this.#stream.write(ENTER);
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  readonly #leave = (): void => {
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#stream.write(LEAVE);
    }
  };

  readonly #suspend = (): void => {
    this.#leave();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #resume = (): void => {
    if (this.#timer === undefined) {
      this.#enter();
    }
  };
}
