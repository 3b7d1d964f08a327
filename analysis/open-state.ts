import {
  EVIDENCES,
  EventCode,
  type EventColumns,
  EventColumnsBuilder,
  type EventRow,
  NO_TID,
  NONE,
  sortColumns,
  type TraceTables,
} from '../src/trace/index.ts';
import { type Hold, isShared } from './replay/hold-tracker.ts';
import type { ReplayState } from './replay/replay.ts';

const UNKNOWN = EVIDENCES.indexOf('unknown');

/**
 * What is open, as ordinary events: played from nothing they make a state with the same analysis. So a capture can begin
 * in the middle of a longer one, and an engine can go on with new tables.
 *
 * @param tables gets the names of what the events are about; may not be those of the state
 * @returns in time order; each event has the time at which what it tells of began, an I/O in flight that of the capture's start
 */
export function collectOpenState(state: ReplayState, tables: TraceTables): EventColumns {
  const writer = new OpenStateWriter(state, tables);
  writer.addIo();
  writer.addHolds();
  writer.addAllocations();
  writer.addWaits();
  return writer.take();
}

class OpenStateWriter {
  readonly #state: ReplayState;
  readonly #tables: TraceTables;
  readonly #events = new EventColumnsBuilder();

  constructor(state: ReplayState, tables: TraceTables) {
    this.#state = state;
    this.#tables = tables;
  }

  take(): EventColumns {
    return sortColumns(this.#events.take());
  }

  /** Nobody keeps when an I/O began; what else is known of its resource must come later. */
  addIo(): void {
    for (const resource of this.#state.io.all()) {
      this.#events.push({ type: EventCode.ioBegin, tsNs: 0, resource: this.#resource(resource) });
    }
  }

  addHolds(): void {
    for (const hold of this.#state.holds.all()) {
      if (this.#isAlive(hold.tid, hold.at)) {
        this.#events.push({
          type: EventCode.holdBegin,
          tsNs: hold.sinceNs,
          tid: this.#task(hold.tid),
          resource: this.#resource(hold.resource),
          stack: this.#stack(hold.stack),
          mode: hold.mode,
        });
      }
    }
  }

  addAllocations(): void {
    for (const [tid, open] of this.#state.allocs.all()) {
      for (const { fn, sinceNs, gfp, stack } of open) {
        this.#events.push({
          type: EventCode.allocBegin,
          tsNs: sinceNs,
          tid: this.#task(tid),
          fn,
          gfp,
          stack: this.#stack(stack),
        });
      }
    }
  }

  addWaits(): void {
    for (const row of this.#state.waits.openRows()) {
      this.#addWait(row);
    }
  }

  #addWait(row: number): void {
    const { table } = this.#state.waits;
    const wait: EventRow = {
      type: EventCode.waitBegin,
      tsNs: table.beginNs[row]!,
      tid: this.#task(table.tid[row]!),
      resource: this.#resource(table.resource[row]!),
      stack: this.#stack(table.stack[row]!),
      mode: table.mode[row]!,
    };
    if (!this.#isHolderNamed(row)) {
      this.#events.push(wait);
      return;
    }
    const holder = { holderTid: this.#task(table.holderTid[row]!), evidence: table.evidence[row]! };
    const namedNs = this.#namedAfterNs(row);
    if (namedNs <= wait.tsNs) {
      this.#events.push({ ...wait, ...holder });
    } else {
      this.#events.push({ ...wait, evidence: UNKNOWN });
      this.#events.push({ ...wait, ...holder, tsNs: namedNs });
    }
  }

  /** Of a holder that something has contradicted since it was named, nothing is left. */
  #isHolderNamed(row: number): boolean {
    const { waits, holds } = this.#state;
    const { holderTid, namedAt, resource } = waits.table;
    const tid = holderTid[row]!;
    const at = namedAt[row]!;
    return (
      tid !== NO_TID && at !== NONE && holds.stillHolds(resource[row]!, tid, at) && this.#isAlive(tid, at)
    );
  }

  /** A holder that was named after another had been seen taking the resource must be named after that again. */
  #namedAfterNs(row: number): number {
    const { waits, holds } = this.#state;
    const { namedAt, resource } = waits.table;
    let latestNs = 0;
    for (const hold of holds.holdsOf(resource[row]!)) {
      if (hold.at <= namedAt[row]! && !isShared(hold)) {
        latestNs = Math.max(latestNs, this.#isAlive(hold.tid, hold.at) ? hold.sinceNs : 0);
      }
    }
    return latestNs;
  }

  #isAlive(tid: Hold['tid'], at: number): boolean {
    return this.#state.lives.isSame(tid, at);
  }

  #task(tid: number): number {
    const row = this.#state.tables.tasks.latest(tid);
    if (row !== undefined) {
      this.#tables.tasks.set(tid, row.pid, row.comm, row.fromNs);
    }
    return tid;
  }

  #resource(resource: number): number {
    const { resources } = this.#state.tables;
    const again = this.#tables.resources.intern(resources.kind(resource), resources.id(resource));
    const label = resources.label(resource);
    if (label !== undefined) {
      this.#tables.resources.setLabel(again, label);
    }
    return again;
  }

  #stack(stack: number): number {
    return this.#tables.stacks.intern(this.#state.tables.stacks.get(stack));
  }
}
