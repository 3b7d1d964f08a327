import type { EventColumns } from './event-columns.ts';
import { EventOrder, type EventOrderOptions } from './event-order.ts';
import type { TraceReading, TraceRest, TraceSource, TraceTables } from './trace-stream.ts';

/** How far the reading of a source is, after each batch. */
export interface SourceProgress {
  /** 2: what arrived too late in the first pass is put in its place. */
  readonly pass: 1 | 2;
  /** Events of this pass. */
  readonly events: number;
  /** Of the source in this pass, 0 to 1; undefined = not known. */
  readonly share: number | undefined;
}

/** Awaited before the reading goes on, so that timers and signals can have their turn. */
export type OnSourceProgress = (progress: SourceProgress) => void | Promise<void>;

/** A capture of which all but the events is known: its names, losses and end. */
export interface SurveyedSource {
  /** Complete: tasks as they are named later, resources with their last labels. */
  readonly tables: TraceTables;
  readonly rest: TraceRest;
  readonly events: number;
  /** All events in time order; those of one time in order of arrival. A batch is valid until the next is asked for. */
  batches(): AsyncIterable<EventColumns>;
}

/**
 * Reads a capture of any length once for all that is known only at its end, so that its events can then be read in time
 * order, in memory that does not grow with their number.
 *
 * @throws HoldwaitError (input) what reading throws
 */
export async function surveySource(
  source: TraceSource,
  onProgress: OnSourceProgress = () => {},
  { windowEvents }: Pick<EventOrderOptions, 'windowEvents'> = {},
): Promise<SurveyedSource> {
  const reading = source.open();
  const order = new EventOrder({ windowEvents, onCopied: (batch) => reading.giveBack?.(batch) });
  let events = 0;
  for await (const batch of reading.batches()) {
    events += batch.length;
    for (const part of order.add(batch)) {
      reading.giveBack?.(part);
    }
    await onProgress({ pass: 1, events, share: reading.share?.() });
  }
  const late = order.takeLate();
  const { tables } = reading;
  return {
    tables,
    rest: reading.rest(),
    events,
    batches: () => readOrdered(source.open(tables), { windowEvents, late }, onProgress),
  };
}

async function* readOrdered(
  reading: TraceReading,
  options: EventOrderOptions,
  onProgress: OnSourceProgress,
): AsyncGenerator<EventColumns> {
  const giveBack = (batch: EventColumns) => reading.giveBack?.(batch);
  const order = new EventOrder({ ...options, onCopied: giveBack });
  let events = 0;
  for await (const batch of reading.batches()) {
    events += batch.length;
    for (const part of order.add(batch)) {
      yield part;
      giveBack(part);
    }
    await onProgress({ pass: 2, events, share: reading.share?.() });
  }
  yield* order.end();
}
