import { EVIDENCES, type EventColumns, NO_TID, NONE, type Trace } from '../src/trace/index.ts';
import { functionName } from './match-frames.ts';

/** All waits of a capture, one row each, in the order they began. */
export interface WaitTable {
  readonly length: number;
  readonly tid: Int32Array;
  readonly resource: Int32Array;
  readonly beginNs: Float64Array;
  /** NONE: still open at the end of the capture. */
  readonly endNs: Float64Array;
  readonly stack: Int32Array;
  readonly mode: Int8Array;
  /** Who was said to hold the resource, or who was seen releasing it; NO_TID if nobody is known. */
  readonly holderTid: Int32Array;
  /** Position in EVIDENCES: how holderTid is known. */
  readonly evidence: Int8Array;
  /** Index of the event that named holderTid last; NONE if no event named one. */
  readonly namedAt: Int32Array;
}

/** What ended a resource's last hold: enough to say afterwards whom a wait was for. */
export interface Release {
  readonly tid: number;
  readonly tsNs: number;
  /** The acquisition had been seen too. */
  readonly traced: boolean;
}

const TRACED = EVIDENCES.indexOf('traced');
const RELEASED_LATER = EVIDENCES.indexOf('released-later');
const UNKNOWN = EVIDENCES.indexOf('unknown');

/** Task, softirq, hardirq and NMI: a spinning CPU can be interrupted into spinning for another lock, three times. */
const MAX_CONTEXTS = 4;

/** Waits that are made of other waits, and the functions that show on a stack that one of these is inside. */
const COMPOUND_WAITS: ReadonlyMap<string, readonly string[]> = new Map([
  // A percpu_rwsem's writer waits for a grace period (a completion), in old kernels for an rwsem, then for its readers.
  ['percpu_rwsem', ['percpu_down_write']],
]);

/**
 * Rebuilds waits. A task is in one wait at a time, except that it may spin for a lock while it queues for another
 * (the wait_lock inside a mutex, an interrupt), and that a wait may be made of others. A second begin for the same task and resource refines the wait:
 * lock:contention_begin fires twice, and the capture reports an open wait again when its holder changes.
 */
export class WaitTracker {
  readonly table: WaitTable & { length: number };
  /** Waits whose end was never seen although their task went on to wait for something else. */
  withoutEnd = 0;
  readonly #openByTid = new Map<number, number[]>();
  readonly #tables: Pick<Trace, 'resources' | 'stacks'>;

  /** @param capacity the number of wait_begin events to come */
  constructor(capacity: number, tables: Pick<Trace, 'resources' | 'stacks'>) {
    this.#tables = tables;
    this.table = allocateWaits(capacity);
  }

  begin(events: EventColumns, i: number): void {
    const tid = events.tid[i]!;
    const resource = events.resource[i]!;
    const open = this.#openOf(tid);
    const row = open.find((known) => this.table.resource[known] === resource) ?? this.#add(events, i, open);
    this.#refine(row, events, i);
  }

  /** Ends the task's wait for the resource. Without one nothing happens: the capture may have begun inside the wait. */
  end(tid: number, resource: number, tsNs: number, release: Release | undefined): void {
    const open = this.#openByTid.get(tid);
    const position = open?.findIndex((row) => this.table.resource[row] === resource) ?? NONE;
    if (open === undefined || position === NONE) {
      return;
    }
    this.#supersede(open, position + 1, tsNs);
    const row = open.pop()!;
    this.table.endNs[row] = tsNs;
    if (
      this.table.holderTid[row] === NO_TID &&
      release !== undefined &&
      release.tsNs >= this.table.beginNs[row]!
    ) {
      this.table.holderTid[row] = release.tid;
      this.table.evidence[row] = release.traced ? TRACED : RELEASED_LATER;
    }
  }

  /** Ends what a task was in when its tid was given to another task. */
  dropTask(tid: number, tsNs: number): void {
    for (const row of this.#openByTid.get(tid) ?? []) {
      this.table.endNs[row] = tsNs;
    }
    this.#openByTid.delete(tid);
  }

  /** Row of the task's open wait for the resource. */
  openWait(tid: number, resource: number): number | undefined {
    return this.#openByTid.get(tid)?.find((row) => this.table.resource[row] === resource);
  }

  /** Rows of the open waits, in no particular order. */
  openRows(): number[] {
    return [...this.#openByTid.values()].flat();
  }

  #openOf(tid: number): number[] {
    let open = this.#openByTid.get(tid);
    if (open === undefined) {
      open = [];
      this.#openByTid.set(tid, open);
    }
    return open;
  }

  #add(events: EventColumns, i: number, open: number[]): number {
    const resource = events.resource[i]!;
    this.#supersede(open, this.#countOuter(events, i, open), events.tsNs[i]!);
    const { table } = this;
    const row = table.length++;
    table.tid[row] = events.tid[i]!;
    table.resource[row] = resource;
    table.beginNs[row] = events.tsNs[i]!;
    table.endNs[row] = NONE;
    table.stack[row] = NONE;
    table.mode[row] = NONE;
    table.holderTid[row] = NO_TID;
    table.evidence[row] = UNKNOWN;
    table.namedAt[row] = NONE;
    open.push(row);
    return row;
  }

  /** How many of the open waits the new one is inside. */
  #countOuter(events: EventColumns, i: number, open: readonly number[]): number {
    const { resources } = this.#tables;
    if (resources.kind(events.resource[i]!) === 'spinlock' && open.length < MAX_CONTEXTS) {
      return open.length;
    }
    const [outermost] = open;
    const outer = outermost === undefined ? undefined : resources.kind(this.table.resource[outermost]!);
    return outer !== undefined && this.#isPartOf(outer, events.stack[i]!) ? 1 : 0;
  }

  #isPartOf(outerKind: string, stack: number): boolean {
    const inside = COMPOUND_WAITS.get(outerKind);
    return (
      inside !== undefined &&
      this.#tables.stacks.get(stack).some((frame) => inside.includes(functionName(frame)))
    );
  }

  #refine(row: number, events: EventColumns, i: number): void {
    const { table } = this;
    table.stack[row] = events.stack[i]! === NONE ? table.stack[row]! : events.stack[i]!;
    table.mode[row] = events.mode[i]! === NONE ? table.mode[row]! : events.mode[i]!;
    // Evidence without a holder is an answer: somebody looked, and nobody has the resource now.
    if (events.holderTid[i]! !== NO_TID || events.evidence[i]! !== NONE) {
      table.holderTid[row] = events.holderTid[i]!;
      table.evidence[row] = events.evidence[i]! === NONE ? UNKNOWN : events.evidence[i]!;
      table.namedAt[row] = i;
    }
  }

  /** Closes the open waits from a position on: their ends were missed. */
  #supersede(open: number[], from: number, tsNs: number): void {
    for (let position = from; position < open.length; position++) {
      this.table.endNs[open[position]!] = tsNs;
      this.withoutEnd++;
    }
    open.length = Math.min(open.length, from);
  }
}

function allocateWaits(capacity: number): WaitTable & { length: number } {
  return {
    length: 0,
    tid: new Int32Array(capacity),
    resource: new Int32Array(capacity),
    beginNs: new Float64Array(capacity),
    endNs: new Float64Array(capacity),
    stack: new Int32Array(capacity),
    mode: new Int8Array(capacity),
    holderTid: new Int32Array(capacity),
    evidence: new Int8Array(capacity),
    namedAt: new Int32Array(capacity),
  };
}
