import { formatDuration } from '../../report/format.ts';

/** What a long command says on standard error while it works. One step at a time; a new step ends the one before. */
export interface Progress {
  /** `booting the guest`: what is being done now. */
  step(text: string): void;
  /** Where the step is by now (`12,000 events, 3 open waits`), shown behind it. */
  detail(text: string): void;
  /** A line that stays, at once and whatever the time: a warning, a file that was written. */
  note(text: string): void;
  /** Ends the last step. Safe to call twice; must be called, or a timer is left running. */
  end(): void;
}

export interface ProgressOptions {
  /** No steps and details; notes are still printed. */
  readonly quiet?: boolean;
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

/** On a terminal one line is rewritten with the elapsed time; elsewhere every step that takes long gets a line. */
export function createProgress(options: ProgressOptions = {}): Progress {
  const stream = options.stream ?? process.stderr;
  const write = (text: string): void => void stream.write(text);
  if (options.quiet) {
    return { step: () => {}, detail: () => {}, end: () => {}, note: (text) => write(`${text}\n`) };
  }
  return stream.isTTY ? new TerminalProgress(stream) : new LogProgress(write);
}

class TerminalProgress implements Progress {
  readonly #stream: ProgressStream;
  #timer: NodeJS.Timeout | undefined;
  #text = '';
  #detail = '';
  #startedMs = 0;
  #drawn = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  step(text: string): void {
    this.end();
    this.#text = text;
    this.#detail = '';
    this.#startedMs = performance.now();
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  detail(text: string): void {
    this.#detail = text;
  }

  note(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
    if (this.#text !== '' && elapsedMs(this.#startedMs) >= PATIENCE_MS) {
      this.#stream.write(`${this.#line()}\n`);
    }
    this.#text = '';
  }

  #draw(): void {
    if (elapsedMs(this.#startedMs) >= PATIENCE_MS) {
      // A line longer than the terminal would wrap, and only its last row could be cleared.
      const line = this.#line().slice(0, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(`${CLEAR_LINE}${line}`);
      this.#drawn = true;
    }
  }

  #line(): string {
    const elapsed = formatDuration(elapsedMs(this.#startedMs) * NS_PER_MS);
    return this.#detail === '' ? `${this.#text}  ${elapsed}` : `${this.#text}  ${elapsed}  ${this.#detail}`;
  }

  #clear(): void {
    if (this.#drawn) {
      this.#stream.write(CLEAR_LINE);
      this.#drawn = false;
    }
  }
}

class LogProgress implements Progress {
  readonly #write: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #text = '';
  #saidMs = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  step(text: string): void {
    this.end();
    this.#text = text;
    this.#timer = setTimeout(() => this.#say(text), PATIENCE_MS);
    this.#timer.unref();
  }

  detail(text: string): void {
    const spoken = this.#saidMs > 0 && elapsedMs(this.#saidMs) >= LOG_DETAIL_MS;
    if (spoken) {
      this.#say(`${this.#text}: ${text}`);
    }
  }

  note(text: string): void {
    this.#write(`${text}\n`);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#saidMs = 0;
  }

  #say(text: string): void {
    this.#saidMs = performance.now();
    this.#write(`${text}\n`);
  }
}

function elapsedMs(sinceMs: number): number {
  return performance.now() - sinceMs;
}
