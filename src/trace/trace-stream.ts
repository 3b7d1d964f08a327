import type { EventColumns } from './event-columns.ts';
import type { Trace } from './trace.ts';

/** What the columns of events point into, and who the tasks were. */
export type TraceTables = Pick<Trace, 'tasks' | 'resources' | 'stacks'>;

/** The tables that do not depend on the time of an event. */
export type NameTables = Pick<Trace, 'resources' | 'stacks'>;

/** All of a capture that is known only at its end. */
export type TraceRest = Omit<Trace, 'events' | keyof TraceTables>;

/** A capture as it is read, batch by batch, so that its length does not matter. */
export interface TraceReading {
  /** Grow while batches are read: whatever a batch points to is there when it is handed out. */
  readonly tables: TraceTables;
  /**
   * Events in order of arrival, to be asked for once. A batch is the caller's to keep. Leaving early releases the file.
   *
   * @throws HoldwaitError (input) what the format calls for, at once or at the damage
   */
  batches(): AsyncIterable<EventColumns>;
  /** Valid after the last batch. */
  rest(): TraceRest;
  /** Takes back a batch that nobody looks at any more: its memory is used for another. Anyone's batch may be given. */
  giveBack?(batch: EventColumns): void;
  /** How much of the capture has been read, 0 to 1; undefined = not known. */
  share?(): number | undefined;
}

/** A capture that can be read from its start as often as needed. */
export interface TraceSource {
  /**
   * @param known what an earlier reading has made of the same names: the new one may go on with it instead of holding all a
   *   second time. Indexes are the same either way.
   */
  open(known?: NameTables): TraceReading;
}
