import { EventCode, type EventColumns, NO_TID } from '../src/trace/index.ts';
import type { ReplayState } from './replay/replay.ts';

/**
 * Looks at what comes after a moment without playing it, for what it tells of the moment itself: a wait carries the holder
 * that was known when it was recorded, which may be long after it began. A holder that is seen taking the resource only
 * later did not have it then; and of a wait that is told again with another holder, it is not known who had it when.
 */
export class LookAhead {
  readonly #state: ReplayState;
  /** Row by waiter and resource, and waiters by holder and resource, of what may still be told otherwise. */
  readonly #rows = new Map<string, number>();
  readonly #waiters = new Map<string, number[]>();

  /** @param state as of the moment; it is corrected here, and nothing may be played afterwards */
  constructor(state: ReplayState) {
    this.#state = state;
    const { table } = state.waits;
    for (const row of state.waits.openRows()) {
      const holder = table.holderTid[row]!;
      if (holder !== NO_TID) {
        this.#rows.set(keyOf(table.tid[row]!, table.resource[row]!), row);
        const key = keyOf(holder, table.resource[row]!);
        this.#waiters.set(key, [...(this.#waiters.get(key) ?? []), table.tid[row]!]);
      }
    }
  }

  /** Nothing that comes can change the answer. */
  get isDone(): boolean {
    return this.#rows.size === 0;
  }

  look(events: EventColumns): void {
    for (let i = 0; i < events.length && !this.isDone; i++) {
      this.#lookAt(events, i);
    }
  }

  #lookAt(events: EventColumns, i: number): void {
    const tid = events.tid[i]!;
    const key = keyOf(tid, events.resource[i]!);
    switch (events.type[i]) {
      case EventCode.waitBegin:
        this.#told(key, events.holderTid[i]!);
        break;
      case EventCode.waitEnd:
        this.#rows.delete(key);
        break;
      case EventCode.holdBegin:
        this.#rows.delete(key);
        this.#taken(key, events.resource[i]!);
        break;
      case EventCode.holdEnd:
        this.#confirmed(key, events.resource[i]!);
        break;
    }
  }

  #told(key: string, holder: number): void {
    const row = this.#rows.get(key);
    if (row !== undefined && holder !== NO_TID && holder !== this.#state.waits.table.holderTid[row]) {
      this.#rows.delete(key);
      this.#state.waits.doubtHolder(row);
    }
  }

  #taken(key: string, resource: number): void {
    for (const row of this.#takeRows(key, resource)) {
      this.#state.waits.forgetHolder(row);
    }
  }

  /** Who lets go without having taken had it all the time. */
  #confirmed(key: string, resource: number): void {
    this.#takeRows(key, resource);
  }

  /** Of waits for the resource that name the holder of the key; nothing more is to be learnt about them. */
  #takeRows(key: string, resource: number): number[] {
    const keys = (this.#waiters.get(key) ?? []).map((waiter) => keyOf(waiter, resource));
    const rows = keys.map((one) => this.#rows.get(one)).filter((row) => row !== undefined);
    for (const one of keys) {
      this.#rows.delete(one);
    }
    this.#waiters.delete(key);
    return rows;
  }
}

function keyOf(tid: number, resource: number): string {
  return `${tid} ${resource}`;
}
