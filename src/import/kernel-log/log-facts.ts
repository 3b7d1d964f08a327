import type { CaptureInfo } from '../../trace/index.ts';
import type { LogLine } from './log-line.ts';

const VERSION = /^Linux version (\S{1,100}) .*?(#\d.{0,100})?$/;
/** What every report of the kernel says of itself: `Not tainted 6.1.0-18-amd64 #1`. */
const TAINTED = /(?:Not tainted|Tainted: [A-Z() ,=_[\]]{1,80}?) +(\d{1,3}\.\d{1,3}[\w.+~-]{0,80})/;
/** A stamp so much earlier than the newest belongs to another run; printers on other CPUs are never that far apart. */
const BOOT_GAP_NS = 1e9;

/** What a log says of the machine, and its times where the kernel's own are missing. */
export class LogFacts {
  #release: string | undefined;
  #host: string | undefined;
  #firstWallMs: number | undefined;
  #hasStamps = false;

  /** Lines with only the time of day count from the first of them; a log with the kernel's stamps goes by these alone. */
  withTime(line: LogLine): LogLine {
    if (line.tsNs !== undefined || line.wallMs === undefined || this.#hasStamps) {
      this.#hasStamps ||= line.tsNs !== undefined;
      return line;
    }
    this.#firstWallMs ??= line.wallMs;
    return { ...line, tsNs: Math.max(0, line.wallMs - this.#firstWallMs) * 1e6 };
  }

  /** @param endNs the newest time so far */
  startsBoot({ text, tsNs }: LogLine, endNs: number): boolean {
    const isEarlier = !this.#hasStamps || (tsNs !== undefined && tsNs + BOOT_GAP_NS < endNs);
    return isEarlier && VERSION.test(text);
  }

  note({ text, host }: LogLine): void {
    this.#host ??= host;
    const release =
      VERSION.exec(text)?.[1] ?? (text.includes('ainted') ? TAINTED.exec(text)?.[1] : undefined);
    this.#release = release ?? this.#release;
  }

  info(): CaptureInfo {
    return {
      ...(this.#host && { hostname: this.#host }),
      ...(this.#release && { kernelRelease: this.#release }),
      clock: this.#hasStamps ? 'monotonic' : 'unknown',
      endReason: 'end of the log',
    };
  }
}
