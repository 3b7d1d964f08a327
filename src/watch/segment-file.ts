import { openSqliteSink } from '../store/index.ts';
import type { CaptureInfo, EventColumns, TraceBatch, TraceBuilder, TraceSink } from '../trace/index.ts';

const NOTHING_NEW = { tasks: [], losses: [], attachments: [], relabelled: [] };

/**
 * A piece of a running capture as a capture file of its own. It begins with what is open then, and with tables that are
 * not empty at that time, so it keeps count itself of what is in the file.
 */
export class SegmentFile {
  /** Events at the file's beginning that tell what was open before it. */
  readonly headEvents: number;
  readonly #sink: TraceSink;
  #written = { tasks: 0, resources: 0, stacks: 0, frames: 0 };

  /**
   * @param head what is open, in terms of the builder's tables
   * @throws HoldwaitError (input) FILE_*, STORE_WRITE_FAILED, also from write() and close()
   */
  constructor(path: string, info: CaptureInfo, builder: TraceBuilder, head: EventColumns | undefined) {
    this.#sink = openSqliteSink(path, info, { overwrite: true });
    this.headEvents = head?.length ?? 0;
    if (head !== undefined) {
      const counts = { firstNewResource: 0, firstNewStack: 0, firstNewFrame: 0 };
      this.write({ ...NOTHING_NEW, ...counts, events: head }, builder);
    }
  }

  write(batch: TraceBatch, builder: TraceBuilder): void {
    const { tasks, resources, stacks } = builder;
    const { events, losses, attachments } = batch;
    const written = this.#written;
    const isNew = tasks.size > written.tasks || resources.size > written.resources;
    if (!isNew && events.length + losses.length + attachments.length + batch.relabelled.length === 0) {
      return;
    }
    this.#sink.write(
      {
        events,
        losses,
        attachments,
        tasks: tasks.rows().slice(written.tasks),
        firstNewResource: written.resources,
        firstNewStack: written.stacks,
        firstNewFrame: written.frames,
        relabelled: this.#listStale(batch, builder),
      },
      builder,
    );
    this.#written = {
      tasks: tasks.size,
      resources: resources.size,
      stacks: stacks.size,
      frames: stacks.frames.size,
    };
  }

  close(info: CaptureInfo): void | Promise<void> {
    return this.#sink.close(info);
  }

  /** What the batch counts as new and is in the file already may have got another label since. */
  #listStale({ relabelled, firstNewResource }: TraceBatch, { resources }: TraceBuilder): number[] {
    const written = this.#written.resources;
    const stale = relabelled.filter((resource) => resource < written);
    for (let resource = firstNewResource; resource < written; resource++) {
      if (resources.label(resource) !== undefined) {
        stale.push(resource);
      }
    }
    return stale;
  }
}
