import type { Loss } from './capture-info.ts';
import type { EventColumns, EventRow } from './event-columns.ts';
import type { TaskTable } from './task-table.ts';
import type { Trace, TraceBuilder } from './trace.ts';
import { ALLOC_FUNCTIONS, EVENT_TYPES, EVIDENCES, type EventType, MODES, NO_TID, NONE } from './words.ts';

/**
 * One record of the interchange contract, flat: an NDJSON line, an Arrow row. Which fields each type needs is in
 * FORMAT.md. Times in ns since the capture's start.
 */
export interface TraceRecord {
  readonly type: EventType | 'task' | 'loss';
  readonly ts?: number;
  readonly tid?: number;
  readonly kind?: string;
  readonly res?: string;
  readonly comm?: string;
  readonly pid?: number;
  readonly mode?: string;
  readonly stack?: readonly string[];
  readonly holder?: number;
  readonly evidence?: string;
  readonly fn?: string;
  readonly size?: number;
  readonly gfp?: number;
  readonly label?: string;
  readonly count?: number;
  readonly reason?: string;
}

/** Why a record could not be taken; the word is the loss reason it is counted under. */
export type RecordFault = 'unknown_event' | 'bad_record';

/**
 * Adds one record of unknown origin to the builder. A record that is not of the contract's form changes nothing and
 * its fault is returned, so that the caller counts it; undefined = taken.
 */
export function addRecord(builder: TraceBuilder, value: unknown): RecordFault | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'bad_record';
  }
  const record = value as Record<string, unknown>;
  const type = record.type;
  if (typeof type !== 'string') {
    return 'bad_record';
  }
  if (type === 'task') {
    return addTask(builder, record);
  }
  if (type === 'loss') {
    return addLoss(builder, record);
  }
  const code = (EVENT_TYPES as readonly string[]).indexOf(type);
  return code === NONE ? 'unknown_event' : addEvent(builder, code, type as EventType, record);
}

function addTask(builder: TraceBuilder, record: Record<string, unknown>): RecordFault | undefined {
  const { tid, pid, comm, ts } = record;
  if (!isTid(tid) || !isOptional(pid, isTid) || !isOptional(comm, isText) || !isOptional(ts, isTime)) {
    return 'bad_record';
  }
  builder.setTask(tid, pid ?? undefined, comm ?? undefined, ts ?? undefined);
  return undefined;
}

function addLoss(builder: TraceBuilder, record: Record<string, unknown>): RecordFault | undefined {
  const { ts, count, reason } = record;
  if (!isTime(ts) || !isCount(count) || !isText(reason)) {
    return 'bad_record';
  }
  builder.addLoss({ tsNs: ts, count, reason });
  return undefined;
}

function addEvent(
  builder: TraceBuilder,
  code: number,
  type: EventType,
  record: Record<string, unknown>,
): RecordFault | undefined {
  if (!hasContractForm(type, record)) {
    return 'bad_record';
  }
  const { tid, pid, comm, kind, res, stack, label } = record as unknown as TraceRecord;
  if (tid !== undefined && tid !== null && (pid ?? comm ?? undefined) !== undefined) {
    builder.setTaskOfEvent(tid, pid ?? undefined, comm ?? undefined, record.ts as number);
  }
  const resource = isText(res) ? internResource(builder, kind ?? undefined, res) : NONE;
  if (resource !== NONE && isText(label)) {
    builder.resources.setLabel(resource, label);
  }
  builder.addEvent({
    type: code,
    tsNs: record.ts as number,
    tid: tid ?? NO_TID,
    resource,
    stack: stack ? builder.stacks.intern(stack) : NONE,
    holderTid: (record.holder as number | null | undefined) ?? NO_TID,
    evidence: wordCode(EVIDENCES, record.evidence),
    mode: wordCode(MODES, record.mode),
    fn: wordCode(ALLOC_FUNCTIONS, record.fn),
    sizeBytes: (record.size as number | null | undefined) ?? NONE,
    gfp: (record.gfp as number | null | undefined) ?? NONE,
  });
  return undefined;
}

/** Index of the resource; an I/O may name it by its id alone. */
export function internResource(builder: TraceBuilder, kind: string | undefined, id: string): number {
  return builder.resources.intern(kind ?? ioKind(builder, id), id);
}

/**
 * Adds one event that is in column form already, from a file that cannot be trusted. False = it lacks a field its type
 * needs, or one of its values or indexes is out of range; nothing is added then. Resources and stacks must be interned
 * before.
 */
export function tryAddEvent(builder: TraceBuilder, row: Required<EventRow>): boolean {
  const { resources, stacks } = builder;
  const whole =
    isIndex(row.type, EVENT_TYPES.length) &&
    isTime(row.tsNs) &&
    isTidOrNone(row.tid) &&
    isTidOrNone(row.holderTid) &&
    isIndexOrNone(row.resource, resources.size) &&
    isIndexOrNone(row.stack, stacks.size) &&
    isIndexOrNone(row.evidence, EVIDENCES.length) &&
    isIndexOrNone(row.mode, MODES.length) &&
    isIndexOrNone(row.fn, ALLOC_FUNCTIONS.length) &&
    isIndexOrNone(row.sizeBytes, Number.POSITIVE_INFINITY) &&
    isIndexOrNone(row.gfp, Number.POSITIVE_INFINITY) &&
    hasNeededFields(row.type, row.tid, row.resource, row.fn);
  if (whole) {
    builder.addEvent(row);
  }
  return whole;
}

const NEEDS = { tid: 1, resource: 2, fn: 4 } as const;
/** By type. */
const NEEDED_FIELDS = Uint8Array.from(EVENT_TYPES, (type) => {
  if (type === 'alloc_begin' || type === 'alloc_end') {
    return NEEDS.tid | NEEDS.fn;
  }
  return type === 'io_begin' || type === 'io_end' ? NEEDS.resource : NEEDS.tid | NEEDS.resource;
});

/**
 * Whether an event of this type may be without what is missing here. Sums instead of branches: the types of events have no
 * pattern that a processor could guess.
 */
export function hasNeededFields(type: number, tid: number, resource: number, fn: number): boolean {
  const missing =
    Number(tid === NO_TID) * NEEDS.tid +
    Number(resource === NONE) * NEEDS.resource +
    Number(fn === NONE) * NEEDS.fn;
  return (missing & NEEDED_FIELDS[type]!) === 0;
}

/**
 * io records name a resource without its kind. Writeback is what is handed to a device, then whatever else has that id;
 * an id never seen is an I/O of its own.
 */
function ioKind(builder: TraceBuilder, id: string): string {
  const { resources } = builder;
  if (resources.find('folio_writeback', id) !== undefined) {
    return 'folio_writeback';
  }
  for (let kind = 0; kind < resources.kinds.size; kind++) {
    const name = resources.kinds.get(kind);
    if (resources.find(name, id) !== undefined) {
      return name;
    }
  }
  return 'io';
}

function hasContractForm(type: EventType, record: Record<string, unknown>): boolean {
  const io = type === 'io_begin' || type === 'io_end';
  const alloc = type === 'alloc_begin' || type === 'alloc_end';
  return (
    isTime(record.ts) &&
    (io ? isOptional(record.tid, isTid) : isTid(record.tid)) &&
    (alloc ? isWord(ALLOC_FUNCTIONS, record.fn) : isText(record.res)) &&
    (alloc || io ? isOptional(record.kind, isText) : isText(record.kind)) &&
    isOptional(record.pid, isTid) &&
    isOptional(record.comm, isText) &&
    isOptional(record.holder, isTid) &&
    isOptional(record.stack, isFrames) &&
    isOptional(record.mode, (v) => isWord(MODES, v)) &&
    isOptional(record.evidence, (v) => isWord(EVIDENCES, v)) &&
    isOptional(record.size, isCount) &&
    isOptional(record.gfp, isCount)
  );
}

/** The trace as records in time order: tasks and losses before the first event that is not earlier. */
export function* traceRecords(trace: Trace): Generator<TraceRecord> {
  const order = new RecordOrder(trace.tasks, trace.losses);
  yield* order.next(trace.events, (i) => eventRecord(trace, trace.events, i));
  yield* order.end();
}

/** Tasks and losses as records in their places between the events of a capture, which come batch by batch in time order. */
export class RecordOrder {
  readonly #tasks: TaskTable;
  readonly #losses: readonly Loss[];
  #tasksTaken = 0;
  #lossesTaken = 0;

  /** @param losses all of the capture */
  constructor(tasks: TaskTable, losses: readonly Loss[]) {
    this.#tasks = tasks;
    this.#losses = [...losses].sort((a, b) => a.tsNs - b.tsNs);
  }

  /** @param make what event i of the batch is turned into */
  *next<T>({ tsNs, length }: EventColumns, make: (i: number) => T): Generator<T | TraceRecord> {
    for (let i = 0; i < length; i++) {
      if (this.#isDue(tsNs[i]!)) {
        yield* this.#takeUntil(tsNs[i]!);
      }
      yield make(i);
    }
  }

  /** What comes after the last event. */
  end(): Generator<TraceRecord> {
    return this.#takeUntil(Number.POSITIVE_INFINITY);
  }

  *#takeUntil(tsNs: number): Generator<TraceRecord> {
    while (this.#isTaskDue(tsNs)) {
      const { tid, pid, comm, fromNs } = this.#tasks.row(this.#tasksTaken++);
      yield { type: 'task', ts: fromNs, tid, pid, comm };
    }
    while (this.#isLossDue(tsNs)) {
      const { tsNs: ts, count, reason } = this.#losses[this.#lossesTaken++]!;
      yield { type: 'loss', ts, count, reason };
    }
  }

  #isDue(tsNs: number): boolean {
    return this.#isTaskDue(tsNs) || this.#isLossDue(tsNs);
  }

  #isTaskDue(tsNs: number): boolean {
    return this.#tasksTaken < this.#tasks.size && this.#tasks.row(this.#tasksTaken).fromNs <= tsNs;
  }

  #isLossDue(tsNs: number): boolean {
    return this.#lossesTaken < this.#losses.length && this.#losses[this.#lossesTaken]!.tsNs <= tsNs;
  }
}

/** Event i of `events` as a record; `tables` are those its columns point into. */
export function eventRecord(
  tables: Pick<Trace, 'resources' | 'stacks'>,
  events: EventColumns,
  i: number,
): TraceRecord {
  const resource = events.resource[i]!;
  const { resources, stacks } = tables;
  return {
    type: EVENT_TYPES[events.type[i]!]!,
    ts: events.tsNs[i]!,
    tid: presentTid(events.tid[i]!),
    kind: resource === NONE ? undefined : resources.kind(resource),
    res: resource === NONE ? undefined : resources.id(resource),
    label: resource === NONE ? undefined : resources.label(resource),
    mode: MODES[events.mode[i]!],
    stack: events.stack[i]! === NONE ? undefined : stacks.get(events.stack[i]!),
    holder: presentTid(events.holderTid[i]!),
    evidence: EVIDENCES[events.evidence[i]!],
    fn: ALLOC_FUNCTIONS[events.fn[i]!],
    size: present(events.sizeBytes[i]!),
    gfp: present(events.gfp[i]!),
  };
}

function present(value: number): number | undefined {
  return value === NONE ? undefined : value;
}

function presentTid(tid: number): number | undefined {
  return tid === NO_TID ? undefined : tid;
}

function wordCode(words: readonly string[], value: unknown): number {
  return typeof value === 'string' ? words.indexOf(value) : NONE;
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined | null;
function isOptional(value: unknown, is: (value: unknown) => boolean): boolean;
function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value);
}

function isWord(words: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && words.includes(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCount(value: unknown): value is number {
  return isTime(value);
}

function isTidOrNone(value: number): boolean {
  return value === NO_TID || isTid(value);
}

function isIndex(value: number, size: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < size;
}

function isIndexOrNone(value: number, size: number): boolean {
  return value === NONE || isIndex(value, size);
}

function isTid(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > NO_TID && value <= 0x7fff_ffff;
}

function isFrames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}
