import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.ts';

/** How long each step took when it was done last on this machine. Only for showing how long it may go on: nothing here throws. */
export interface StepTimes {
  /** ms; undefined: it was never done here. */
  last(step: string): number | undefined;
  note(step: string, ms: number): void;
}

/** @param folder where they are kept */
export function openStepTimes(folder = cacheFolder()): StepTimes {
  const path = join(folder, 'step-times.json');
  return {
    last: (step) => readTimes(path).get(step),
    note: (step, ms) => tryWriteTimes(folder, path, readTimes(path).set(step, Math.round(ms))),
  };
}

/** A step that is being done. */
export interface TimedStep {
  /** How long it took the last time on this machine, ms. */
  readonly lastMs: number | undefined;
  /** Remembers how long it took now, which it returns, ms. Not to be called of a step that failed. */
  end(): number;
}

/** @param step what it is remembered by */
export function beginStep(step: string): TimedStep {
  const times = openStepTimes();
  const beganMs = performance.now();
  return {
    lastMs: times.last(step),
    end: () => {
      const tookMs = Math.round(performance.now() - beganMs);
      times.note(step, tookMs);
      return tookMs;
    },
  };
}

function readTimes(path: string): Map<string, number> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  } catch {
    return new Map();
  }
}

function tryWriteTimes(folder: string, path: string, times: ReadonlyMap<string, number>): void {
  try {
    mkdirSync(folder, { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(Object.fromEntries(times)));
    renameSync(unfinished, path);
  } catch {
    // A full disk stops the step itself, with an error of its own.
  }
}
