import { type EventColumns, MODES, NONE } from '../src/trace/index.ts';
import type { Release } from './wait-tracker.ts';

/** One task's open hold of one resource, as it was seen being taken. */
export interface Hold {
  readonly tid: number;
  readonly resource: number;
  readonly sinceNs: number;
  readonly stack: number;
  /** Position in MODES; NONE counts as exclusive. */
  readonly mode: number;
  /** Index of the hold_begin event. */
  readonly at: number;
}

interface ResourceState {
  /** Left undefined while free: a long capture sees far more resources than are ever held at once. */
  holders: Map<number, Hold> | undefined;
  /**
   * Index of the event that began the resource's present generation: the last time it was seen to be free, taken
   * alone or handed to a device. Who was said to hold it before that says nothing about now.
   */
  generationAt: number;
  /** tid → index of its last release, for releases that leave other readers and so begin no generation. */
  released: Map<number, number> | undefined;
  lastRelease: Release | undefined;
  /** Who held it when another was last seen taking it: a release of theirs that comes afterwards is theirs alone. */
  displaced: ReadonlySet<number> | undefined;
}

export const READ = MODES.indexOf('read');
export const WRITE = MODES.indexOf('write');

export function isShared(hold: Hold): boolean {
  return hold.mode === READ;
}

/** Rebuilds who holds what: one exclusive holder, or any number of readers. */
export class HoldTracker {
  readonly #states: (ResourceState | undefined)[] = [];

  /** @param resourceCount size of the resource table */
  constructor(resourceCount: number) {
    this.#states = new Array(resourceCount);
  }

  begin(events: EventColumns, i: number): void {
    const hold = readHold(events, i);
    const state = this.#stateOf(hold.resource);
    const stale = isShared(hold) ? hasExclusiveHolder(state, hold.tid) : true;
    if (stale) {
      // Whoever held it before must have let go, seen or not: nobody can take what is still held.
      state.displaced = state.holders && new Set(state.holders.keys());
      state.holders = undefined;
      state.generationAt = i;
    }
    state.holders ??= new Map();
    state.holders.set(hold.tid, hold);
  }

  end(events: EventColumns, i: number): void {
    const tid = events.tid[i]!;
    const state = this.#stateOf(events.resource[i]!);
    if (!state.holders?.has(tid) && state.displaced?.has(tid)) {
      // Times are taken at different hooks, so a release can seem to come after the acquisition that it made possible.
      return;
    }
    const ended = state.holders?.get(tid) ?? onlyHolder(state);
    const shared =
      ended === undefined ? events.mode[i] === READ || state.holders !== undefined : isShared(ended);
    state.lastRelease = { tid: ended?.tid ?? tid, tsNs: events.tsNs[i]!, traced: ended !== undefined };
    if (!shared) {
      startGeneration(state, i);
      return;
    }
    state.released ??= new Map();
    state.released.set(tid, i);
    if (ended !== undefined) {
      state.released.set(ended.tid, i);
      state.holders!.delete(ended.tid);
      state.holders = state.holders!.size === 0 ? undefined : state.holders;
    }
  }

  /** No task holds the resource any more: a device is to release it, or has. */
  clear(resource: number, at: number): void {
    startGeneration(this.#stateOf(resource), at);
  }

  /** Open holds of a resource, those of tasks that have died included. */
  holdsOf(resource: number): Iterable<Hold> {
    return this.#states[resource]?.holders?.values() ?? [];
  }

  holdOf(resource: number, tid: number): Hold | undefined {
    return this.#states[resource]?.holders?.get(tid);
  }

  /** Every open hold, those of tasks that have died included. */
  *all(): Generator<Hold> {
    for (const state of this.#states) {
      yield* state?.holders?.values() ?? [];
    }
  }

  lastRelease(resource: number): Release | undefined {
    return this.#states[resource]?.lastRelease;
  }

  /** Whether nothing seen since event `namedAt` contradicts that `tid` holds the resource. */
  stillHolds(resource: number, tid: number, namedAt: number): boolean {
    const state = this.#states[resource];
    return (
      state === undefined || (state.generationAt <= namedAt && (state.released?.get(tid) ?? NONE) <= namedAt)
    );
  }

  #stateOf(resource: number): ResourceState {
    let state = this.#states[resource];
    if (state === undefined) {
      state = {
        holders: undefined,
        generationAt: NONE,
        released: undefined,
        lastRelease: undefined,
        displaced: undefined,
      };
      this.#states[resource] = state;
    }
    return state;
  }
}

function readHold(events: EventColumns, i: number): Hold {
  return {
    tid: events.tid[i]!,
    resource: events.resource[i]!,
    sinceNs: events.tsNs[i]!,
    stack: events.stack[i]!,
    mode: events.mode[i]!,
    at: i,
  };
}

function startGeneration(state: ResourceState, at: number): void {
  state.holders = undefined;
  state.released = undefined;
  state.generationAt = at;
}

function hasExclusiveHolder(state: ResourceState, otherThan: number): boolean {
  const holder = onlyHolder(state);
  return holder !== undefined && holder.tid !== otherThan && !isShared(holder);
}

/** Page locks are often released by another task than the one that took them, so a lone holder is who was meant. */
function onlyHolder(state: ResourceState): Hold | undefined {
  if (state.holders?.size !== 1) {
    return undefined;
  }
  const [hold] = state.holders.values();
  return hold;
}
