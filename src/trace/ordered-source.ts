import type { EventColumns } from './event-columns.ts';
import { EventOrder, type EventOrderOptions } from './event-order.ts';
import type { TraceReading, TraceRest, TraceSource, TraceTables } from './trace-stream.ts';

/** Told after each batch: the pass, 1 or 2, its events so far, and how much of the source it has read, if that is known. */
export type OnOrderedProgress = (progress: {
  readonly pass: 1 | 2;
  readonly events: number;
  readonly share: number | undefined;
}) => void | Promise<void>;

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
  onProgress: OnOrderedProgress = () => {},
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
  onProgress: OnOrderedProgress,
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
