import { setImmediate } from 'node:timers/promises';
import {
  type Analysis,
  type AnalyzeOptions,
  analyzeSource,
  type CollectedSpans,
  collectSpans,
  type OnSourceProgress,
  type SourceProgress,
  type SpanSink,
  type SpanTables,
} from '../../../analysis/index.ts';
import { formatCount, formatPlural } from '../../report/format.ts';
import type { TraceRest, TraceSource } from '../../trace/index.ts';
import { withInputFile } from './input-file.ts';
import { createProgress, type Progress } from './progress.ts';

/** Options that depend on what a capture says of itself. */
export type ToOptions = (rest: TraceRest) => AnalyzeOptions;

/** Analyses a capture as it is read, in memory that does not grow with its length; says how far it is. */
export function analyzeInput(
  file: string,
  options: AnalyzeOptions | ToOptions,
  signal: AbortSignal,
): Promise<Analysis> {
  return readInput(file, options, signal, analyzeSource);
}

/** analyzeInput() with every wait and hold told to a sink; see collectSpans(). */
export function collectInputSpans<S extends SpanSink>(
  file: string,
  options: AnalyzeOptions | ToOptions,
  signal: AbortSignal,
  createSink: (tables: Pick<SpanTables, 'resources' | 'stacks'>) => S,
): Promise<CollectedSpans<S>> {
  return readInput(file, options, signal, (source, chosen, onProgress) =>
    collectSpans(source, chosen, createSink, onProgress),
  );
}

function readInput<T>(
  file: string,
  options: AnalyzeOptions | ToOptions,
  signal: AbortSignal,
  read: (source: TraceSource, options: AnalyzeOptions, onProgress: OnSourceProgress) => Promise<T>,
): Promise<T> {
  return withInputSource(file, 'once more, for events that came late', signal, async (source, onProgress) => {
    const chosen = typeof options === 'function' ? options(await readRest(source, signal)) : options;
    return read(source, chosen, onProgress);
  });
}

/**
 * Opens a capture as a source for as long as `read` needs it, and says how far that is.
 *
 * @param again why it is read a second time: `reading FILE <again>`
 * @param signal ends the reading with its reason
 */
export async function withInputSource<T>(
  file: string,
  again: string,
  signal: AbortSignal,
  read: (source: TraceSource, onProgress: OnSourceProgress) => Promise<T>,
): Promise<T> {
  const { nameFormat, openSource } = await import('../../store/load-capture.ts');
  return withInputFile(file, signal, async (path) => {
    const progress = createProgress();
    progress.verbose(`${file} is ${nameFormat(path)}`);
    progress.step(`reading ${file}`);
    try {
      return await read(await openSource(path), untilAborted(signal, tellProgress(progress, file, again)));
    } finally {
      progress.end();
    }
  });
}

/** Ends a reading with the signal's reason. */
function untilAborted(signal: AbortSignal, onProgress: OnSourceProgress): OnSourceProgress {
  return (progress) => {
    signal.throwIfAborted();
    return onProgress(progress);
  };
}

/** What a capture tells at its end: all of it is read for that. */
async function readRest(source: TraceSource, signal: AbortSignal): Promise<TraceRest> {
  const reading = source.open();
  for await (const _ of reading.batches()) {
    await setImmediate();
    signal.throwIfAborted();
  }
  return reading.rest();
}

function tellProgress(progress: Progress, file: string, again: string): OnSourceProgress {
  const startedMs = performance.now();
  let events = 0;
  let pass = 1;
  let eventsBefore = 0;
  return async (now: SourceProgress) => {
    // A query about events begins anew with pass 1, after an analysis that had only that.
    if (now.pass !== pass || now.events < events) {
      pass = now.pass;
      eventsBefore += events;
      progress.step(`reading ${file} ${again}`);
    }
    events = now.events;
    const rate = ((eventsBefore + events) * 1000) / (performance.now() - startedMs);
    progress.detail(describeProgress(now, rate), now);
    // Reading never waits for anything: without this, no timer would run and no signal be heard.
    await setImmediate();
  };
}

function describeProgress({ events, share }: SourceProgress, eventsPerS: number): string {
  const rate = `${formatCount(Number(eventsPerS.toPrecision(2)))}/s`;
  const percent = share === undefined ? '' : `, ${Math.floor(share * 100)} %`;
  return `${formatPlural(events, 'event')}, ${rate}${percent}`;
}
