import type { Target } from '../../target/target.ts';
import { LineFeed } from './line-feed.ts';

/**
 * For each line `N PATH` of its input the lines of that file, each behind `N `, then `=N STATUS`. Builtins only: nothing
 * is forked, however much is read.
 */
const READER = [
  'while read -r n path; do',
  '  while IFS= read -r line || [ "$line" ]; do printf "%s %s\\n" "$n" "$line"; done <"$path"',
  '  printf "=%s %s\\n" "$n" "$?"',
  'done',
].join('\n');

/** A file of /proc is made up at once, or its reader sleeps on what the hung task holds. */
const READ_TIMEOUT_MS = 5_000;
/** Until the shell is up: some processes are started for that, on an emulated CPU that others want as well. */
const START_TIMEOUT_MS = 30_000;

/**
 * Reads small text files of a target through one shell that was started beforehand: where a task hangs in memory
 * allocation, a new process may hang as well.
 */
export class FileReader {
  readonly #feed: LineFeed;
  readonly #writeLine: (line: string) => void;
  #asked = 0;
  #stuck = false;

  private constructor(feed: LineFeed, writeLine: (line: string) => void) {
    this.#feed = feed;
    this.#writeLine = writeLine;
  }

  static async open(target: Pick<Target, 'start'>, signal?: AbortSignal): Promise<FileReader> {
    const command = await target.start(READER, { takesLines: true, signal });
    const reader = new FileReader(new LineFeed(command), (line) => command.writeLine(line));
    // Brings the shell's own pages into memory while that is still possible.
    await reader.tryRead('/proc/self/stat', START_TIMEOUT_MS);
    return reader;
  }

  /** The file's text; undefined if it cannot be read, or not in time: then nothing more is tried. */
  async tryRead(path: string, timeoutMs = READ_TIMEOUT_MS): Promise<string | undefined> {
    if (this.#stuck) {
      return undefined;
    }
    const mark = `${++this.#asked} `;
    this.#writeLine(mark + path);
    const end = `=${mark}`;
    const status = await this.#feed.find(
      (line) => (line.startsWith(end) ? line.slice(end.length) : undefined),
      timeoutMs,
    );
    this.#stuck = status === undefined;
    const lines = this.#feed.lines.filter((line) => line.startsWith(mark));
    return status === '0' ? lines.map((line) => `${line.slice(mark.length)}\n`).join('') : undefined;
  }

  stop(): void {
    this.#feed.stop();
  }
}
