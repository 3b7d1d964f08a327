import type { Attachment, CaptureInfo, Loss } from './capture-info.ts';
import { type EventColumns, EventColumnsBuilder, type EventRow } from './event-columns.ts';
import { ResourceTable } from './resource-table.ts';
import { sortColumns } from './sort-columns.ts';
import { StackTable } from './stack-table.ts';
import { type TaskRow, TaskTable } from './task-table.ts';

/** A capture in memory, ready to be analysed: events in time order and the tables their columns point into. */
export interface Trace {
  readonly info: CaptureInfo;
  readonly events: EventColumns;
  readonly tasks: TaskTable;
  readonly resources: ResourceTable;
  readonly stacks: StackTable;
  readonly losses: readonly Loss[];
  readonly attachments: readonly Attachment[];
  /** End of the capture: the last sign of life or the last event, whichever is later; ns since its start. */
  readonly endNs: number;
}

/**
 * What has come since the batch before: new events in order of arrival, and how far each table had grown *before* this
 * batch, so that a sink writes only the rest.
 */
export interface TraceBatch {
  readonly events: EventColumns;
  readonly tasks: readonly TaskRow[];
  readonly losses: readonly Loss[];
  readonly attachments: readonly Attachment[];
  readonly firstNewResource: number;
  /** Resources before firstNewResource that have got another label since the batch before. */
  readonly relabelled: readonly number[];
  readonly firstNewStack: number;
  readonly firstNewFrame: number;
}

/** Where a running capture goes. Batches arrive in order; close() is called once, also after an error. */
export interface TraceSink {
  write(batch: TraceBatch, builder: TraceBuilder): void;
  close(info: CaptureInfo): void | Promise<void>;
}

/** Collects decoded records. Use take() for a stream of batches, or finish() for one trace in memory; not both. */
export class TraceBuilder {
  readonly tasks = new TaskTable();
  readonly resources: ResourceTable;
  readonly stacks: StackTable;
  readonly #events = new EventColumnsBuilder();
  #losses: Loss[] = [];
  #attachments: Attachment[] = [];
  #latestNs = 0;
  #taken = { tasks: 0, resources: 0, stacks: 0, frames: 0 };

  /** @param known names that are interned already; their indexes stay */
  constructor(known?: { readonly resources: ResourceTable; readonly stacks: StackTable }) {
    this.resources = known?.resources ?? new ResourceTable();
    this.stacks = known?.stacks ?? new StackTable();
  }

  /** Time of the newest event so far, ns since the capture's start. */
  get latestNs(): number {
    return this.#latestNs;
  }

  /** Of what continues another builder's events: time has come so far before the first one. */
  startAt(tsNs: number): void {
    this.#latestNs = Math.max(this.#latestNs, tsNs);
  }

  addEvent(row: EventRow): void {
    this.#events.push(row);
    this.#latestNs = Math.max(this.#latestNs, row.tsNs);
  }

  /** How many events the next take() or finish() has. */
  get eventCount(): number {
    return this.#events.length;
  }

  /** See EventColumnsBuilder.reserve(). */
  reserveEvents(rows: number): EventColumns {
    return this.#events.reserve(rows);
  }

  /** Takes back the events of a batch that nobody looks at any more, for their memory. */
  giveBack(events: EventColumns): void {
    this.#events.giveBack(events);
  }

  /** @param latestNs no earlier than any of the `rows` events; the newest of them, or the time there was */
  addReservedEvents(rows: number, latestNs: number): void {
    this.#events.addReserved(rows);
    this.#latestNs = Math.max(this.#latestNs, latestNs);
  }

  /** @param fromNs when the name began to hold; without it, the newest event's time */
  setTask(tid: number, pid: number | undefined, comm: string | undefined, fromNs = this.#latestNs): void {
    this.tasks.set(tid, pid, comm, fromNs);
  }

  /**
   * Names the task of an event at `tsNs`. A wait can be reported long after it began: its task was there by then, and just
   * before is no later than that.
   */
  setTaskOfEvent(tid: number, pid: number | undefined, comm: string | undefined, tsNs: number): void {
    this.setTask(tid, pid, comm, Math.min(this.#latestNs, Math.max(tsNs, 1) - 1));
  }

  addLoss(loss: Loss): void {
    this.#losses.push(loss);
    this.#latestNs = Math.max(this.#latestNs, loss.tsNs);
  }

  addAttachment(attachment: Attachment): void {
    this.#attachments.push(attachment);
  }

  take(): TraceBatch {
    const { tasks, resources, stacks, frames } = this.#taken;
    const batch: TraceBatch = {
      events: this.#events.take(),
      tasks: this.tasks.rows().slice(tasks),
      losses: this.#losses,
      attachments: this.#attachments,
      firstNewResource: resources,
      relabelled: this.resources.takeRelabelled(resources),
      firstNewStack: stacks,
      firstNewFrame: frames,
    };
    this.#losses = [];
    this.#attachments = [];
    this.#taken = {
      tasks: this.tasks.size,
      resources: this.resources.size,
      stacks: this.stacks.size,
      frames: this.stacks.frames.size,
    };
    return batch;
  }

  finish(info: CaptureInfo = {}): Trace {
    const { events, losses, attachments } = this.take();
    return {
      info,
      events: sortColumns(events),
      tasks: this.tasks,
      resources: this.resources,
      stacks: this.stacks,
      losses,
      attachments,
      endNs: Math.max(info.endNs ?? 0, this.#latestNs),
    };
  }
}
