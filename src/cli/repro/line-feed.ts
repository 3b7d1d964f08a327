import type { RunningCommand } from '../../target/target.ts';
import { splitLines } from '../../trace/split-lines.ts';

const MAX_LINE_BYTES = 1 << 16;

/**
 * Lines of a command that runs on beside the scenario (`tail -f`, `dmesg --follow`), kept and waited for. It is started
 * before the hang, since a hung guest may not be able to start anything.
 */
export class LineFeed {
  readonly lines: string[] = [];
  readonly #command: RunningCommand;
  readonly #onLine: ((line: string) => void) | undefined;
  #wake = Promise.withResolvers<void>();
  #ended = false;

  constructor(command: RunningCommand, onLine?: (line: string) => void) {
    this.#command = command;
    this.#onLine = onLine;
    command.stderr.resume();
    this.#read().catch(() => this.#end());
  }

  /** First line, old or new, that `pick` makes something of; undefined when the feed or the time ends first. */
  async find<T>(pick: (line: string) => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const timeUp = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve()));
    for (let next = 0; ; ) {
      for (; next < this.lines.length; next++) {
        const found = pick(this.lines[next]!);
        if (found !== undefined) {
          return found;
        }
      }
      if (this.#ended || deadline.aborted) {
        return undefined;
      }
      await Promise.race([this.#wake.promise, timeUp]);
    }
  }

  stop(): void {
    this.#command.interrupt();
  }

  async #read(): Promise<void> {
    for await (const lines of splitLines(this.#command.stdout, MAX_LINE_BYTES)) {
      for (const { text } of lines) {
        this.lines.push(text ?? '');
        this.#onLine?.(text ?? '');
      }
      this.#wakeUp();
    }
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const { resolve } = this.#wake;
    this.#wake = Promise.withResolvers<void>();
    resolve();
  }
}
