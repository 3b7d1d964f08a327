import { formatDuration } from '../../report/format.ts';
import { describeRemaining, type Outlook } from './remaining-time.ts';
import { type Verbosity, verbosity } from './verbosity.ts';

/** What a long command says on standard error while it works. One step at a time; a new step ends the one before. */
export interface Progress {
  /** `booting the guest`: what is being done now. */
  step(text: string, outlook?: Omit<Outlook, 'share'>): void;
  /** Where the step is by now (`12,000 events, 3 open waits`), shown behind it. */
  detail(text: string, outlook?: Pick<Outlook, 'share'>): void;
  /** A line that stays, at once and whatever the time: a warning, a file that was written. */
  note(text: string): void;
  /** The same for who asked for more: what was chosen, and why. */
  verbose(text: string): void;
  /** Ends the last step. Safe to call twice; must be called, or a timer is left running. */
  end(): void;
}

export interface ProgressOptions {
  /** Unless given, that of the command. */
  readonly verbosity?: Verbosity;
  readonly stream?: ProgressStream;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A step shorter than this is never mentioned. */
const PATIENCE_MS = 1000;
const REDRAW_MS = 250;
/** In a log file, where lines stay, a detail is worth a line this often. */
const LOG_DETAIL_MS = 10_000;
const CLEAR_LINE = '\r\x1b[2K';
const NS_PER_MS = 1e6;

/**
 * On a terminal one line is rewritten with the elapsed time; elsewhere every step that takes long gets a line. Quiet: nothing.
 * Verbose: every step leaves a line with the time that it took.
 */
export function createProgress(options: ProgressOptions = {}): Progress {
  const { stream = process.stderr, verbosity: level = verbosity() } = options;
  if (level === 'quiet') {
    return { step: () => {}, detail: () => {}, end: () => {}, note: () => {}, verbose: () => {} };
  }
  const isVerbose = level === 'verbose';
  return stream.isTTY ? new TerminalProgress(stream, isVerbose) : new LogProgress(stream, isVerbose);
}

class TerminalProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #isVerbose: boolean;
  #timer: NodeJS.Timeout | undefined;
  #step: Step | undefined;
  #drawn = false;

  constructor(stream: ProgressStream, isVerbose: boolean) {
    this.#stream = stream;
    this.#isVerbose = isVerbose;
  }

  step(text: string, outlook: Outlook = {}): void {
    this.end();
    this.#step = new Step(text, outlook);
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  detail(text: string, outlook: Outlook = {}): void {
    this.#step?.goOn(text, outlook);
  }

  note(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  verbose(text: string): void {
    if (this.#isVerbose) {
      this.note(text);
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
    if (this.#step !== undefined && (this.#isVerbose || this.#step.isLong())) {
      this.#stream.write(`${this.#step.describe()}\n`);
    }
    this.#step = undefined;
  }

  #draw(): void {
    if (this.#step?.isLong()) {
      // A line longer than the terminal would wrap, and only its last row could be cleared.
      const line = this.#step.describeNow().slice(0, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(`${CLEAR_LINE}${line}`);
      this.#drawn = true;
    }
  }

  #clear(): void {
    if (this.#drawn) {
      this.#stream.write(CLEAR_LINE);
      this.#drawn = false;
    }
  }
}

class LogProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #isVerbose: boolean;
  #timer: NodeJS.Timeout | undefined;
  #step: Step | undefined;
  #saidMs = 0;

  constructor(stream: ProgressStream, isVerbose: boolean) {
    this.#stream = stream;
    this.#isVerbose = isVerbose;
  }

  step(text: string, outlook: Outlook = {}): void {
    this.end();
    const step = new Step(text, outlook);
    this.#step = step;
    this.#timer = setTimeout(() => this.#say(step.announce()), PATIENCE_MS);
    this.#timer.unref();
  }

  detail(text: string, outlook: Outlook = {}): void {
    this.#step?.goOn(text, outlook);
    const spoken = this.#saidMs > 0 && elapsedMs(this.#saidMs) >= LOG_DETAIL_MS;
    if (spoken && this.#step !== undefined) {
      this.#say(this.#step.describeNow());
    }
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  verbose(text: string): void {
    if (this.#isVerbose) {
      this.note(text);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#saidMs = 0;
    if (this.#step !== undefined && this.#isVerbose) {
      this.note(this.#step.describe());
    }
    this.#step = undefined;
  }

  #say(text: string): void {
    this.#saidMs = performance.now();
    this.note(text);
  }
}

/** What is being done, and in words how far it is. */
class Step {
  readonly #text: string;
  readonly #startedMs = performance.now();
  #detail = '';
  #outlook: Outlook;

  constructor(text: string, outlook: Outlook) {
    this.#text = text;
    this.#outlook = outlook;
  }

  goOn(detail: string, outlook: Outlook): void {
    this.#detail = detail;
    this.#outlook = { ...this.#outlook, ...outlook };
  }

  isLong(): boolean {
    return elapsedMs(this.#startedMs) >= PATIENCE_MS;
  }

  /** `building the image, about 2 min left` */
  announce(): string {
    return [this.#text, this.#remaining()].filter((part) => part !== undefined).join(', ');
  }

  /** `reading a.sqlite  4.2 s  1,200,000 events` */
  describe(): string {
    return this.#join();
  }

  /** The same with how long it may go on: `reading a.sqlite  4.2 s, about 8 s left  1,200,000 events`. */
  describeNow(): string {
    return this.#join(this.#remaining());
  }

  #join(remaining?: string): string {
    const elapsed = formatDuration(elapsedMs(this.#startedMs) * NS_PER_MS);
    const time = remaining === undefined ? elapsed : `${elapsed}, ${remaining}`;
    return [this.#text, time, this.#detail].filter((part) => part !== '').join('  ');
  }

  #remaining(): string | undefined {
    return describeRemaining(elapsedMs(this.#startedMs), this.#outlook);
  }
}

function elapsedMs(sinceMs: number): number {
  return performance.now() - sinceMs;
}
