import { ANSI_COLOURS, NO_COLOURS, type Palette } from '../../report/palette.ts';
import { verbosity } from './verbosity.ts';

/** Widest text layout; longer lines are hard to read even where the terminal has the room. */
const LARGEST_WIDTH = 120;
const DEFAULT_WIDTH = 100;

/** Prints a result, with a final newline. The exit status is set, never forced: the text may still be on its way. */
export function printText(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints one object for programs: indented for a person's terminal, one line for a pipe. */
export function printJson(value: unknown): void {
  printText(JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined));
}

/** What went wrong, whatever the verbosity. Standard error, like all that is not the result: the result can be piped. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A remark beside the result. */
export function printNote(text: string): void {
  if (verbosity() !== 'quiet') {
    printError(text);
  }
}

/** What was chosen, and why, for who asked for more. */
export function printVerbose(text: string): void {
  if (verbosity() === 'verbose') {
    printError(text);
  }
}

/** Colours for a stream: `FORCE_COLOR` beats `NO_COLOR` beats "is it a terminal" (no-color.org, force-color.org). */
export function paletteFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Palette {
  if (env.FORCE_COLOR) {
    return env.FORCE_COLOR === '0' ? NO_COLOURS : ANSI_COLOURS;
  }
  return env.NO_COLOR || env.TERM === 'dumb' || !stream.isTTY ? NO_COLOURS : ANSI_COLOURS;
}

/** Columns to lay text out in: as asked, else the terminal's up to a readable limit, else 100. */
export function layoutWidth(asked: number | undefined, terminalColumns = process.stdout.columns): number {
  return asked ?? Math.min(terminalColumns ?? DEFAULT_WIDTH, LARGEST_WIDTH);
}

/** A reader that has seen enough (`| head`) is no error; anything else wrong with the stream is, and `onFault` is told. */
export function allowClosedPipe(stream: NodeJS.WriteStream, onFault: (error: Error) => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      onFault(error);
    }
  });
}
