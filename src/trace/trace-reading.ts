import type { Attachment, CaptureInfo, Loss } from './capture-info.ts';
import { concatColumns, type EventColumns, sliceColumns } from './event-columns.ts';
import { sortColumns } from './sort-columns.ts';
import { type Trace, TraceBuilder } from './trace.ts';
import type { TraceReading, TraceRest, TraceSource, TraceTables } from './trace-stream.ts';

/** Events of a batch, about: large enough that what is done once a batch costs nothing, small enough for the caches. */
export const BATCH_EVENTS = 65_536;

/**
 * The one way in which a format is read. Adds records to a builder and pauses wherever they may be taken out of it, at the
 * latest after BATCH_EVENTS events or so; each pause says how much has been read, 0 to 1 or undefined. Ends with what the
 * capture says of itself.
 */
export type TraceSteps = Generator<number | undefined, CaptureInfo>;
/** The same for a reader that has to wait for its input. */
export type AsyncTraceSteps = AsyncGenerator<number | undefined, CaptureInfo>;

/** Reads a capture to its end into memory. */
export function readWhole(read: (builder: TraceBuilder) => TraceSteps): Trace {
  const builder = new TraceBuilder();
  const steps = read(builder);
  let step = steps.next();
  while (!step.done) {
    step = steps.next();
  }
  return builder.finish(step.value);
}

/** A source whose readings go through a builder. */
export function createSource(read: (builder: TraceBuilder) => TraceSteps | AsyncTraceSteps): TraceSource {
  return { open: (known) => new SteppedReading(read, new TraceBuilder(known)) };
}

/** A source's capture as a whole. */
export async function readTrace(source: TraceSource): Promise<Trace> {
  const reading = source.open();
  const batches: EventColumns[] = [];
  for await (const batch of reading.batches()) {
    batches.push(batch);
  }
  return { ...reading.tables, ...reading.rest(), events: sortColumns(concatColumns(batches)) };
}

/** A capture that is in memory as a source of batches. */
export function openTrace(trace: Trace): TraceSource {
  const { tasks, resources, stacks, events, ...rest } = trace;
  return {
    open: () => {
      let read = 0;
      return {
        tables: { tasks, resources, stacks },
        batches: async function* () {
          while (read < events.length) {
            const from = read;
            read = Math.min(events.length, from + BATCH_EVENTS);
            yield sliceColumns(events, from, read);
          }
        },
        rest: () => rest,
        share: () => (events.length === 0 ? 1 : read / events.length),
      };
    },
  };
}

class SteppedReading implements TraceReading {
  readonly #builder: TraceBuilder;
  readonly #read: (builder: TraceBuilder) => TraceSteps | AsyncTraceSteps;
  readonly #losses: Loss[] = [];
  readonly #attachments: Attachment[] = [];
  #info: CaptureInfo = {};
  #share: number | undefined;

  constructor(read: (builder: TraceBuilder) => TraceSteps | AsyncTraceSteps, builder: TraceBuilder) {
    this.#builder = builder;
    this.#read = read;
  }

  get tables(): TraceTables {
    const { tasks, resources, stacks } = this.#builder;
    return { tasks, resources, stacks };
  }

  async *batches(): AsyncGenerator<EventColumns> {
    this.#builder.reserveEvents(BATCH_EVENTS);
    const steps = this.#read(this.#builder);
    try {
      for (let step = await steps.next(); ; step = await steps.next()) {
        if (step.done || this.#builder.eventCount >= BATCH_EVENTS) {
          yield this.#take();
        }
        if (step.done) {
          this.#info = step.value;
          return;
        }
        this.#share = step.value;
      }
    } finally {
      await steps.return({});
    }
  }

  rest(): TraceRest {
    return {
      info: this.#info,
      losses: this.#losses,
      attachments: this.#attachments,
      endNs: Math.max(this.#info.endNs ?? 0, this.#builder.latestNs),
    };
  }

  giveBack(batch: EventColumns): void {
    this.#builder.giveBack(batch);
  }

  share(): number | undefined {
    return this.#share;
  }

  #take(): EventColumns {
    const { events, losses, attachments } = this.#builder.take();
    for (const loss of losses) {
      this.#losses.push(loss);
    }
    for (const attachment of attachments) {
      this.#attachments.push(attachment);
    }
    return events;
  }
}
