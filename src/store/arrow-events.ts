import {
  ALLOC_FUNCTIONS,
  EVIDENCES,
  type EventColumns,
  hasNeededFields,
  MODES,
  moveEvent,
  NO_TID,
  NONE,
  sliceColumns,
  type TraceBuilder,
} from '../trace/index.ts';
import type { BatchRows } from './arrow-batch-rows.ts';
import type { TextValue } from './arrow-batches.ts';
import { slotAt } from './arrow-decode.ts';
import { ArrowLabels } from './arrow-labels.ts';
import { BAD, TextLookup } from './arrow-lookup.ts';
import { decodeCounts, decodeTids, numberAt, RowRun } from './arrow-numbers.ts';
import { ArrowResources } from './arrow-resources.ts';
import { splitFrames } from './arrow-schema.ts';

/**
 * Turns rows that are events into event columns: each column is decoded as a whole into its place in the builder, and
 * what cannot be taken is closed up afterwards.
 */
export class ArrowEventReader {
  readonly #builder: TraceBuilder;
  readonly #modes = new TextLookup((text) => wordCode(MODES, text));
  readonly #evidences = new TextLookup((text) => wordCode(EVIDENCES, text));
  readonly #fns = new TextLookup((text) => wordCode(ALLOC_FUNCTIONS, text));
  readonly #stacks = new TextLookup((text) => this.#internStack(text));
  readonly #resources: ArrowResources;
  readonly #labels: ArrowLabels;

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
    this.#resources = new ArrowResources(builder);
    this.#labels = new ArrowLabels(builder.resources);
  }

  /**
   * Adds rows `from` until before `to`.
   *
   * @param types by row of the batch, a position in EVENT_TYPES
   * @returns how many were left out because a field is missing or out of range
   */
  addRun(rows: BatchRows, types: Int8Array, from: number, to: number): number {
    const run = new RowRun(from, to - from);
    const reserved = this.#builder.reserveEvents(run.count);
    const events = sliceColumns(reserved, reserved.length, reserved.length + run.count);
    events.type.set(types.subarray(from, to));
    decodeCounts(rows.column('ts'), run, events.tsNs);
    decodeTids(rows.column('tid'), run, events.tid);
    this.#resources.decode(rows, events.type, run, events.resource);
    this.#stacks.decode(rows.texts.stack, run, events.stack);
    decodeTids(rows.column('holder'), run, events.holderTid);
    this.#evidences.decode(rows.texts.evidence, run, events.evidence);
    this.#modes.decode(rows.texts.mode, run, events.mode);
    this.#fns.decode(rows.texts.fn, run, events.fn);
    decodeCounts(rows.column('size'), run, events.sizeBytes);
    decodeCounts(rows.column('gfp'), run, events.gfp);
    return this.#addGood(rows, run, events);
  }

  #addGood(rows: BatchRows, run: RowRun, events: EventColumns): number {
    if (run.bad !== undefined || rows.namesTasks || !areWhole(events)) {
      return this.#addOneByOne(rows, run, events);
    }
    if (rows.texts.label !== undefined) {
      this.#labels.setAll(rows.texts.label, run.from, events.resource);
    }
    this.#builder.addReservedEvents(run.count, findLatest(events.tsNs, this.#builder.latestNs));
    return 0;
  }

  #addOneByOne(rows: BatchRows, { from, count, bad }: RowRun, events: EventColumns): number {
    const { label } = rows.texts;
    if (label !== undefined) {
      this.#labels.follow(label);
    }
    let to = 0;
    let { latestNs } = this.#builder;
    for (let i = 0; i < count; i++) {
      if (bad?.[i] === 1 || !isWholeEvent(events, i)) {
        continue;
      }
      if (to !== i) {
        moveEvent(events, i, to);
      }
      if (label !== undefined) {
        this.#labels.set(events.resource[to]!, slotAt(label, from + i));
      }
      if (rows.namesTasks) {
        this.#nameTask(events.tid[to]!, latestNs, rows, from + i);
      }
      latestNs = Math.max(latestNs, events.tsNs[to]!);
      to++;
    }
    this.#builder.addReservedEvents(to, latestNs);
    return count - to;
  }

  /** Most events say nothing of their task: our own files have rows of type `task` for that. */
  #nameTask(tid: number, fromNs: number, rows: BatchRows, row: number): void {
    const pid = numberAt(rows.column('pid'), row);
    const comm = rows.text('comm', row);
    if (tid !== NO_TID && (pid !== undefined || comm !== undefined)) {
      this.#builder.setTask(tid, pid, comm, fromNs);
    }
  }

  #internStack(value: TextValue): number {
    const frames = typeof value === 'string' ? splitFrames(value) : (value ?? [undefined]);
    return frames.every((frame) => frame !== undefined)
      ? this.#builder.stacks.intern(frames as readonly string[])
      : BAD;
  }
}

/** Without a way out of the loop: nearly always all are. */
function areWhole(events: EventColumns): boolean {
  let whole = true;
  for (let i = 0; i < events.length; i++) {
    whole = isWholeEvent(events, i) && whole;
  }
  return whole;
}

function findLatest(times: Float64Array, beforeNs: number): number {
  let latestNs = beforeNs;
  for (let i = 0; i < times.length; i++) {
    latestNs = Math.max(latestNs, times[i]!);
  }
  return latestNs;
}

function isWholeEvent({ type, tsNs, tid, resource, fn }: EventColumns, i: number): boolean {
  return hasNeededFields(type[i]!, tid[i]!, resource[i]!, fn[i]!) && tsNs[i] !== NONE;
}

function wordCode(words: readonly string[], text: TextValue): number {
  const code = typeof text === 'string' ? words.indexOf(text) : NONE;
  return code === NONE ? BAD : code;
}
