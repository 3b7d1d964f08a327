import { renameSync, rmSync } from 'node:fs';
import { openSqlite, openSqliteSink } from '../store/index.ts';
import { SQLITE_SIDE_FILES } from '../store/output-file.ts';
import {
  type CaptureInfo,
  type EventColumns,
  NONE,
  sliceColumns,
  TraceBuilder,
  type TraceReading,
  type TraceSink,
  type TraceTables,
} from '../trace/index.ts';
import type { Segment } from './segment-window.ts';

/** Between two of these the watch goes on: writing takes the time of a few hundred records. */
const EVENTS_AT_A_TIME = 2_000;

/**
 * Writes pieces of a watch as one capture. What a piece says at its beginning of what is open is left out of all but the
 * first: the pieces before it say so.
 *
 * @throws HoldwaitError (usage, input) what the store throws; there is no file then
 */
export async function saveSegments(
  segments: readonly Segment[],
  path: string,
  info: CaptureInfo,
): Promise<void> {
  const part = `${path}.part`;
  const sink = openSqliteSink(part, info, { overwrite: true });
  try {
    await copyAll(segments, sink).finally(() => sink.close(info));
    renameSync(part, path);
  } catch (error) {
    for (const suffix of ['', ...SQLITE_SIDE_FILES]) {
      rmSync(part + suffix, { force: true });
    }
    throw error;
  }
}

async function copyAll(segments: readonly Segment[], sink: TraceSink): Promise<void> {
  const builder = new TraceBuilder();
  for (const [i, { path, headEvents }] of segments.entries()) {
    await copySegment(openSqlite(path).open(), i === 0 ? 0 : headEvents, builder, sink);
  }
}

async function copySegment(
  reading: TraceReading,
  skip: number,
  builder: TraceBuilder,
  sink: TraceSink,
): Promise<void> {
  const names = new NameMap(reading.tables, builder);
  let skipped = 0;
  for await (const batch of reading.batches()) {
    names.copyTasks();
    const first = Math.min(batch.length, skip - skipped);
    skipped += first;
    for (let from = first; from < batch.length; from += EVENTS_AT_A_TIME) {
      copyEvents(sliceColumns(batch, from, Math.min(batch.length, from + EVENTS_AT_A_TIME)), names, builder);
      sink.write(builder.take(), builder);
      await new Promise(setImmediate);
    }
  }
  names.copyTasks();
  const { losses, attachments } = reading.rest();
  losses.forEach((loss) => {
    builder.addLoss(loss);
  });
  attachments.forEach((attachment) => {
    builder.addAttachment(attachment);
  });
  sink.write(builder.take(), builder);
}

function copyEvents(events: EventColumns, names: NameMap, builder: TraceBuilder): void {
  for (let i = 0; i < events.length; i++) {
    builder.addEvent({
      type: events.type[i]!,
      tsNs: events.tsNs[i]!,
      tid: events.tid[i]!,
      resource: names.resource(events.resource[i]!),
      stack: names.stack(events.stack[i]!),
      holderTid: events.holderTid[i]!,
      evidence: events.evidence[i]!,
      mode: events.mode[i]!,
      fn: events.fn[i]!,
      sizeBytes: events.sizeBytes[i]!,
      gfp: events.gfp[i]!,
    });
  }
}

/** Where the names of one capture's tables are in another's. */
class NameMap {
  readonly #from: TraceTables;
  readonly #to: TraceBuilder;
  readonly #resources: number[] = [];
  readonly #stacks: number[] = [];
  #tasks = 0;

  constructor(from: TraceTables, to: TraceBuilder) {
    this.#from = from;
    this.#to = to;
  }

  copyTasks(): void {
    const { tasks } = this.#from;
    for (; this.#tasks < tasks.size; this.#tasks++) {
      const { tid, pid, comm, fromNs } = tasks.row(this.#tasks);
      this.#to.setTask(tid, pid, comm, fromNs);
    }
  }

  resource(index: number): number {
    if (index === NONE) {
      return NONE;
    }
    this.#resources[index] ??= this.#copyResource(index);
    return this.#resources[index]!;
  }

  stack(index: number): number {
    if (index === NONE) {
      return NONE;
    }
    this.#stacks[index] ??= this.#to.stacks.intern(this.#from.stacks.get(index));
    return this.#stacks[index]!;
  }

  #copyResource(index: number): number {
    const { resources } = this.#from;
    const copy = this.#to.resources.intern(resources.kind(index), resources.id(index));
    const label = resources.label(index);
    if (label !== undefined) {
      this.#to.resources.setLabel(copy, label);
    }
    return copy;
  }
}
