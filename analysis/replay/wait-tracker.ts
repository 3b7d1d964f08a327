import { EVIDENCES, type EventColumns, MODES, NO_TID, NONE, type Trace } from '../../src/trace/index.ts';
import { functionName } from '../match-frames.ts';
import type { Observers, WaitEnd } from './observer.ts';

/** Open waits as columns. A row belongs to a wait from its begin to its end, and then to another. */
export interface WaitTable {
  readonly tid: Int32Array;
  readonly resource: Int32Array;
  readonly beginNs: Float64Array;
  /** NONE: still open. */
  readonly endNs: Float64Array;
  readonly stack: Int32Array;
  /** Position in MODES, or NONE. */
  readonly mode: Int8Array;
  /** Who was said to hold the resource, or who was seen releasing it; NO_TID if nobody is known. */
  readonly holderTid: Int32Array;
  /** Position in EVIDENCES: how holderTid is known. */
  readonly evidence: Int8Array;
  /** Number of the event that named holderTid last; NONE if no event named one. */
  readonly namedAt: Float64Array;
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
const WRITE = MODES.indexOf('write');

interface Writers {
  readonly rows: Set<number>;
  /** The one that began first; NONE: to be found again. */
  first: number;
}

/** Task, softirq, hardirq and NMI: a spinning CPU can be interrupted into spinning for another lock, three times. */
const MAX_CONTEXTS = 4;

/** Waits that are made of other waits, and the functions that show on a stack that one of these is inside. */
const COMPOUND_WAITS: ReadonlyMap<string, readonly string[]> = new Map([
  // A percpu_rwsem's writer waits for a grace period (a completion), in old kernels for an rwsem, then for its readers.
  ['percpu_rwsem', ['percpu_down_write']],
]);

/**
 * Rebuilds waits. A task is in one wait at a time, except that it may spin for a lock while it queues for another (the
 * wait_lock inside a mutex, an interrupt), and that a wait may be made of others. A second begin for the same task and
 * resource refines the wait: lock:contention_begin fires twice, and the capture reports an open wait again when its
 * holder changes. Memory grows with the most waits that were ever open at once.
 */
export class WaitTracker {
  readonly table = new GrowingWaitTable();
  /** Waits whose end was never seen although their task went on to wait for something else. */
  withoutEnd = 0;
  readonly #innermost = new Map<number, number>();
  readonly #tables: Pick<Trace, 'resources' | 'stacks'>;
  readonly #observers: Observers;
  /** By resource, the open waits that are for writing. */
  readonly #writers = new Map<number, Writers>();
  /** By resource, how many wait for it. */
  readonly #waiters: number[] = [];

  constructor(tables: Pick<Trace, 'resources' | 'stacks'>, observers: Observers) {
    this.#tables = tables;
    this.#observers = observers;
  }

  /** @param at number of the event in the whole capture */
  begin(events: EventColumns, i: number, at: number): void {
    const known = this.openWait(events.tid[i]!, events.resource[i]!);
    const row = known ?? this.#add(events, i);
    this.#refine(row, events, i, at);
    if (known === undefined) {
      this.#observers.waitBegan(row);
    } else {
      this.#observers.waitRefined(row);
    }
  }

  /** Ends the task's wait for the resource. Without one nothing happens: the capture may have begun inside the wait. */
  end(tid: number, resource: number, tsNs: number, release: Release | undefined): void {
    const row = this.openWait(tid, resource);
    if (row === undefined) {
      return;
    }
    this.#supersede(tid, row, tsNs);
    const { table } = this;
    if (table.holderTid[row] === NO_TID && release !== undefined && release.tsNs >= table.beginNs[row]!) {
      table.holderTid[row] = release.tid;
      table.evidence[row] = release.traced ? TRACED : RELEASED_LATER;
    }
    this.#close(row, tsNs, 'ended');
  }

  /** It is not certain that the wait was for the holder that it names. */
  doubtHolder(row: number): void {
    this.table.evidence[row] = UNKNOWN;
  }

  /** The wait was not for the holder that it names. */
  forgetHolder(row: number): void {
    this.table.holderTid[row] = NO_TID;
    this.table.namedAt[row] = NONE;
  }

  /** Ends what a task was in when its tid was given to another task. */
  dropTask(tid: number, tsNs: number): void {
    for (let row = this.#innermost.get(tid); row !== undefined; row = this.#innermost.get(tid)) {
      this.#close(row, tsNs, 'task-gone');
    }
  }

  /** Row of the task's open wait for the resource. */
  openWait(tid: number, resource: number): number | undefined {
    const { table } = this;
    for (let row = this.#innermost.get(tid) ?? NONE; row !== NONE; row = table.outer[row]!) {
      if (table.resource[row] === resource) {
        return row;
      }
    }
    return undefined;
  }

  isWaiting(tid: number): boolean {
    return this.#innermost.has(tid);
  }

  /** Row of the wait that a task is in now, which may be inside others; NONE if it does not wait. */
  innermostOf(tid: number): number {
    return this.#innermost.get(tid) ?? NONE;
  }

  /** Rows of a task's open waits, the innermost first. */
  openRowsOf(tid: number): number[] {
    const rows: number[] = [];
    for (let row = this.#innermost.get(tid) ?? NONE; row !== NONE; row = this.table.outer[row]!) {
      rows.push(row);
    }
    return rows;
  }

  /** Rows of the open waits: each task's own from the outermost, tasks in no particular order. */
  openRows(): number[] {
    const rows: number[] = [];
    for (const tid of this.#innermost.keys()) {
      for (const row of this.openRowsOf(tid).reverse()) {
        rows.push(row);
      }
    }
    return rows;
  }

  /** Row of the open wait for writing that began first: a queued writer holds back the readers that come after it. */
  firstWriter(resource: number): number | undefined {
    const writers = this.#writers.get(resource);
    if (writers?.first === NONE) {
      writers.first = this.#findFirst(writers.rows);
    }
    return writers?.first;
  }

  countWaiters(resource: number): number {
    return this.#waiters[resource] ?? 0;
  }

  #add(events: EventColumns, i: number): number {
    const tid = events.tid[i]!;
    const resource = events.resource[i]!;
    const outer = this.#supersede(tid, this.#findOuter(events, i), events.tsNs[i]!);
    const row = this.table.add(tid, resource, events.tsNs[i]!, outer);
    this.#innermost.set(tid, row);
    while (this.#waiters.length <= resource) {
      this.#waiters.push(0);
    }
    this.#waiters[resource]!++;
    return row;
  }

  /** The open wait that the new one is inside, or NONE. */
  #findOuter(events: EventColumns, i: number): number {
    const innermost = this.#innermost.get(events.tid[i]!);
    if (innermost === undefined) {
      return NONE;
    }
    const open = this.openRowsOf(events.tid[i]!);
    const { resources } = this.#tables;
    if (resources.kind(events.resource[i]!) === 'spinlock' && open.length < MAX_CONTEXTS) {
      return innermost;
    }
    const outermost = open.at(-1)!;
    const outerKind = resources.kind(this.table.resource[outermost]!);
    return this.#isPartOf(outerKind, events.stack[i]!) ? outermost : NONE;
  }

  #isPartOf(outerKind: string, stack: number): boolean {
    const inside = COMPOUND_WAITS.get(outerKind);
    return (
      inside !== undefined &&
      this.#tables.stacks.get(stack).some((frame) => inside.includes(functionName(frame)))
    );
  }

  #refine(row: number, events: EventColumns, i: number, at: number): void {
    const { table } = this;
    if (events.stack[i] !== NONE) {
      table.stack[row] = events.stack[i]!;
    }
    if (events.mode[i] !== NONE && events.mode[i] !== table.mode[row]) {
      this.#setMode(row, events.mode[i]!);
    }
    // Evidence without a holder is an answer: somebody looked, and nobody has the resource now.
    if (events.holderTid[i] !== NO_TID || events.evidence[i] !== NONE) {
      table.holderTid[row] = events.holderTid[i]!;
      table.evidence[row] = events.evidence[i] === NONE ? UNKNOWN : events.evidence[i]!;
      table.namedAt[row] = at;
    }
  }

  #setMode(row: number, mode: number): void {
    this.#dropWriter(row);
    this.table.mode[row] = mode;
    if (mode === WRITE) {
      this.#addWriter(row);
    }
  }

  #findFirst(rows: Iterable<number>): number {
    const { beginNs } = this.table;
    let first = NONE;
    for (const row of rows) {
      first = first === NONE || beginNs[row]! < beginNs[first]! ? row : first;
    }
    return first;
  }

  #addWriter(row: number): void {
    const resource = this.table.resource[row]!;
    let writers = this.#writers.get(resource);
    if (writers === undefined) {
      writers = { rows: new Set(), first: row };
      this.#writers.set(resource, writers);
    }
    writers.rows.add(row);
    const { beginNs } = this.table;
    writers.first = writers.first !== NONE && beginNs[row]! < beginNs[writers.first]! ? row : writers.first;
  }

  #dropWriter(row: number): void {
    const { mode, resource } = this.table;
    const writers = this.#writers.get(resource[row]!);
    if (mode[row] !== WRITE || writers === undefined) {
      return;
    }
    writers.rows.delete(row);
    writers.first = writers.first === row ? NONE : writers.first;
    if (writers.rows.size === 0) {
      this.#writers.delete(resource[row]!);
    }
  }

  /** Closes the task's open waits that are inside `outer` (NONE = all of them): their ends were missed. Returns `outer`. */
  #supersede(tid: number, outer: number, tsNs: number): number {
    for (
      let row = this.#innermost.get(tid) ?? NONE;
      row !== outer && row !== NONE;
      row = this.#innermost.get(tid) ?? NONE
    ) {
      this.withoutEnd++;
      this.#close(row, tsNs, 'superseded');
    }
    return outer;
  }

  /** @param row the innermost of its task */
  #close(row: number, tsNs: number, how: WaitEnd): void {
    const { table } = this;
    table.endNs[row] = tsNs;
    this.#observers.waitEnded(row, how);
    this.#dropWriter(row);
    this.#waiters[table.resource[row]!]!--;
    if (table.outer[row] === NONE) {
      this.#innermost.delete(table.tid[row]!);
    } else {
      this.#innermost.set(table.tid[row]!, table.outer[row]!);
    }
    table.free(row);
  }
}

type Columns = { -readonly [K in keyof WaitTable]: WaitTable[K] } & { outer: Int32Array };

const FIRST_CAPACITY = 256;

/** Rows are given out again once they are free. */
class GrowingWaitTable implements WaitTable {
  tid!: Int32Array;
  resource!: Int32Array;
  beginNs!: Float64Array;
  endNs!: Float64Array;
  stack!: Int32Array;
  mode!: Int8Array;
  holderTid!: Int32Array;
  evidence!: Int8Array;
  namedAt!: Float64Array;
  /** Row of the wait that this one is inside, or NONE. */
  outer!: Int32Array;
  readonly #free: number[] = [];
  #used = 0;

  constructor() {
    Object.assign(this, allocateWaits(FIRST_CAPACITY));
  }

  add(tid: number, resource: number, beginNs: number, outer: number): number {
    const row = this.#free.pop() ?? this.#grow();
    this.tid[row] = tid;
    this.resource[row] = resource;
    this.beginNs[row] = beginNs;
    this.endNs[row] = NONE;
    this.stack[row] = NONE;
    this.mode[row] = NONE;
    this.holderTid[row] = NO_TID;
    this.evidence[row] = UNKNOWN;
    this.namedAt[row] = NONE;
    this.outer[row] = outer;
    return row;
  }

  free(row: number): void {
    this.#free.push(row);
  }

  #grow(): number {
    if (this.#used === this.tid.length) {
      const larger = allocateWaits(this.#used * 2);
      for (const name of Object.keys(larger) as (keyof Columns)[]) {
        (larger[name] as Float64Array).set(this[name] as Float64Array);
      }
      Object.assign(this, larger);
    }
    return this.#used++;
  }
}

function allocateWaits(capacity: number): Columns {
  return {
    tid: new Int32Array(capacity),
    resource: new Int32Array(capacity),
    beginNs: new Float64Array(capacity),
    endNs: new Float64Array(capacity),
    stack: new Int32Array(capacity),
    mode: new Int8Array(capacity),
    holderTid: new Int32Array(capacity),
    evidence: new Int8Array(capacity),
    namedAt: new Float64Array(capacity),
    outer: new Int32Array(capacity),
  };
}
