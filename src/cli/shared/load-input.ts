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

/**
 * Analyses a capture as it is read, in memory that does not grow with its length; says how far it is.
 *
 * @param purpose what it is read for, where it is read once more for the answer: `reading FILE <purpose>`
 */
export function analyzeInput(
  file: string,
  options: AnalyzeOptions | ToOptions,
  signal: AbortSignal,
  purpose?: string,
): Promise<Analysis> {
  return readInput(file, options, signal, analyzeSource, purpose);
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
  purpose?: string,
): Promise<T> {
  const first = typeof options === 'function' ? 'to find its end' : purpose;
  return withSource(file, first, signal, async (source, progress) => {
    const follow = () => followReading(progress, file, 'once more, for events that came late', signal);
    if (typeof options !== 'function') {
      return read(source, options, follow());
    }
    const chosen = options(await readRest(source, follow()));
    progress.step(nameReading(file, purpose));
    return read(source, chosen, follow());
  });
}

/**
 * Opens a capture as a source for as long as `read` needs it, and says how far that is.
 *
 * @param again why it is read a second time: `reading FILE <again>`
 * @param signal ends the reading with its reason
 */
export function withInputSource<T>(
  file: string,
  again: string,
  signal: AbortSignal,
  read: (source: TraceSource, onProgress: OnSourceProgress) => Promise<T>,
): Promise<T> {
  return withSource(file, undefined, signal, (source, progress) =>
    read(source, followReading(progress, file, again, signal)),
  );
}

async function withSource<T>(
  file: string,
  purpose: string | undefined,
  signal: AbortSignal,
  read: (source: TraceSource, progress: Progress) => Promise<T>,
): Promise<T> {
  const { nameFormat, openSource } = await import('../../store/load-capture.ts');
  return withInputFile(file, signal, async (path) => {
    const progress = createProgress();
    progress.verbose(`${file} is ${nameFormat(path)}`);
    progress.step(nameReading(file, purpose));
    try {
      return await read(await openSource(path, signal), progress);
    } finally {
      progress.end();
    }
  });
}

/** What a capture tells at its end: all of it is read for that. */
async function readRest(source: TraceSource, onProgress: OnSourceProgress): Promise<TraceRest> {
  const reading = source.open();
  let events = 0;
  for await (const batch of reading.batches()) {
    events += batch.length;
    reading.giveBack?.(batch);
    await onProgress({ pass: 1, events, share: reading.share?.() });
  }
  return reading.rest();
}

function nameReading(file: string, purpose: string | undefined): string {
  return purpose === undefined ? `reading ${file}` : `reading ${file} ${purpose}`;
}

/** Says how far a reading is, and ends it with the signal's reason. */
function followReading(
  progress: Progress,
  file: string,
  again: string,
  signal: AbortSignal,
): OnSourceProgress {
  const startedMs = performance.now();
  let events = 0;
  let pass = 1;
  let eventsBefore = 0;
  return async (now: SourceProgress) => {
    signal.throwIfAborted();
    // A query about events begins anew with pass 1, after an analysis that had only that.
    if (now.pass !== pass || now.events < events) {
      pass = now.pass;
      eventsBefore += events;
      progress.step(nameReading(file, again));
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
