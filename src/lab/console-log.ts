import { lastLines, readTail } from './build-log.ts';

const TAIL_BYTES = 65_536;

const LINES_BEFORE_FAILURE = 5;
const FAILURE = /HOLDWAIT-FAILED|Kernel panic - not syncing|^\[ *\d+\.\d+\] (BUG|Oops): /;

/** What a guest's console says of it so far. */
export interface ConsoleState {
  /** Seconds of guest uptime at the ready line; undefined until it is printed. */
  readonly readyUptimeSeconds?: number;
  /** `Kernel panic - not syncing: …`, or what the guest's own start-up code says went wrong. */
  readonly failure?: string;
}

/** Finds the ready line, a panic or a failed start in a console's text. */
export function readConsoleState(text: string): ConsoleState {
  const clean = cleanConsole(text);
  const ready = /HOLDWAIT-READY (\d+(?:\.\d+)?)\s/.exec(clean);
  const failure = findPanic(clean) ?? /HOLDWAIT-FAILED (.*)/.exec(clean)?.[1];
  return {
    ...(ready !== null && { readyUptimeSeconds: Number(ready[1]) }),
    ...(failure !== undefined && { failure: failure.trim() }),
  };
}

/** The kernel's panic line without its time stamp; undefined if it did not panic. */
export function findPanic(text: string): string | undefined {
  return /Kernel panic - not syncing: .*/.exec(text)?.[0].trim();
}

/** The last lines of a console's log as plain text. */
export function readConsoleTail(path: string, lines = 15): string[] {
  return lastLines(cleanConsole(readTail(path, TAIL_BYTES)), lines);
}

/**
 * The lines of a console's log that say how the guest ended: from shortly before its first word of failure, which a
 * panic's registers and stack would push out of the last lines, else the last ones.
 */
export function readConsoleEnd(path: string, lines = 15): string[] {
  const all = lastLines(cleanConsole(readTail(path, TAIL_BYTES)), Number.POSITIVE_INFINITY);
  const failed = all.findIndex((line) => FAILURE.test(line));
  if (failed === -1 || all.length - failed <= lines) {
    return all.slice(-lines);
  }
  const from = Math.max(0, failed - LINES_BEFORE_FAILURE);
  return [...all.slice(from, from + lines - 1), `(${all.length - from - lines + 1} more lines)`];
}

/** Takes out carriage returns and the terminal controls that shells and firmware print. */
export function cleanConsole(text: string): string {
  return text
    .replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[()#][0-9A-Za-z]|[=>c])/g, '')
    .replace(/\r/g, '');
}
