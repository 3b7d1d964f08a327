import { type EventColumns, MODES, NONE } from '../../src/trace/index.ts';
import type { HoldEnd, Observers } from './observer.ts';
import type { Release } from './wait-tracker.ts';

/** One task's open hold of one resource, as it was seen being taken. */
export interface Hold {
  readonly tid: number;
  readonly resource: number;
  readonly sinceNs: number;
  readonly stack: number;
  /** Position in MODES; NONE counts as exclusive. */
  readonly mode: number;
  /** Number of the hold_begin event in the whole capture. */
  readonly at: number;
}

interface ResourceState {
  /** The one holder, or one of several; undefined while free. */
  holder: Hold | undefined;
  /** All holders by tid, where there are several; they are readers then. */
  readers: Map<number, Hold> | undefined;
  /**
   * Number of the event that began the resource's present generation: the last time it was seen to be free, taken
   * alone or handed to a device. Who was said to hold it before that says nothing about now.
   */
  generationAt: number;
  /** tid → number of its last release, for releases that leave other readers and so begin no generation. */
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

/** Rebuilds who holds what: one exclusive holder, or any number of readers. Forgets resources that nobody has or wants. */
export class HoldTracker {
  readonly #states: (ResourceState | undefined)[] = [];
  readonly #observers: Observers;

  constructor(observers: Observers) {
    this.#observers = observers;
  }

  /** @param at number of the event in the whole capture */
  begin(events: EventColumns, i: number, at: number): void {
    const hold = readHold(events, i, at);
    const state = this.#stateOf(hold.resource);
    if (!isShared(hold) || hasExclusiveHolder(state, hold.tid)) {
      // Whoever held it before must have let go, seen or not: nobody can take what is still held.
      state.displaced = state.holder && new Set(Array.from(holdersOf(state), ({ tid }) => tid));
      this.#dropAll(state, hold.sinceNs, 'displaced');
      state.generationAt = at;
    }
    this.#add(state, hold);
    this.#observers.holdBegan(hold);
  }

  /** @param at number of the event in the whole capture */
  end(events: EventColumns, i: number, at: number): void {
    const tid = events.tid[i]!;
    const resource = events.resource[i]!;
    const tsNs = events.tsNs[i]!;
    const state = this.#stateOf(resource);
    const own = holdIn(state, tid);
    if (own === undefined && state.displaced?.has(tid)) {
      // Times are taken at different hooks, so a release can seem to come after the acquisition that it made possible.
      return;
    }
    const ended = own ?? onlyHolder(state);
    const shared =
      ended === undefined ? events.mode[i] === READ || state.holder !== undefined : isShared(ended);
    state.lastRelease = { tid: ended?.tid ?? tid, tsNs, traced: ended !== undefined };
    if (!shared) {
      this.#dropAll(state, tsNs, 'released', events.stack[i]!);
      startGeneration(state, at);
      return;
    }
    state.released ??= new Map();
    state.released.set(tid, at);
    if (ended !== undefined) {
      state.released.set(ended.tid, at);
      removeHolder(state, ended);
      this.#observers.holdEnded(ended, tsNs, events.stack[i]!, 'released');
    }
  }

  /** No task holds the resource any more: a device is to release it, or has. */
  clear(resource: number, at: number, tsNs: number): void {
    const state = this.#stateOf(resource);
    this.#dropAll(state, tsNs, 'given-to-device');
    startGeneration(state, at);
  }

  /** Forgets what is known of a resource unless it is held; only to be called where nobody waits for it. */
  forgetIfFree(resource: number): void {
    const state = this.#states[resource];
    if (state !== undefined && state.holder === undefined && state.displaced === undefined) {
      this.#states[resource] = undefined;
    }
  }

  /** Open holds of a resource, those of tasks that have died included. */
  holdsOf(resource: number): Iterable<Hold> {
    const state = this.#states[resource];
    return state === undefined ? [] : holdersOf(state);
  }

  /** Of the open holds that count, the one of the task that has had the resource longest without a break. */
  firstHold(resource: number, counts: (hold: Hold) => boolean): Hold | undefined {
    const state = this.#states[resource];
    if (state?.readers === undefined) {
      return state?.holder !== undefined && counts(state.holder) ? state.holder : undefined;
    }
    for (const hold of state.readers.values()) {
      if (counts(hold)) {
        return hold;
      }
    }
    return undefined;
  }

  holdOf(resource: number, tid: number): Hold | undefined {
    const state = this.#states[resource];
    return state && holdIn(state, tid);
  }

  /** Every open hold, those of tasks that have died included. */
  *all(): Generator<Hold> {
    for (const state of this.#states) {
      if (state !== undefined) {
        yield* holdersOf(state);
      }
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

  #add(state: ResourceState, hold: Hold): void {
    const before = holdIn(state, hold.tid);
    if (before !== undefined) {
      this.#observers.holdEnded(before, hold.sinceNs, NONE, 'displaced');
    }
    addHolder(state, hold);
  }

  #dropAll(state: ResourceState, tsNs: number, how: HoldEnd, stack = NONE): void {
    if (state.holder === undefined) {
      return;
    }
    const dropped = [...holdersOf(state)];
    state.holder = undefined;
    state.readers = undefined;
    for (const hold of dropped) {
      this.#observers.holdEnded(hold, tsNs, stack, how);
    }
  }

  #stateOf(resource: number): ResourceState {
    const states = this.#states;
    while (states.length <= resource) {
      states.push(undefined);
    }
    let state = states[resource];
    if (state === undefined) {
      state = {
        holder: undefined,
        readers: undefined,
        generationAt: NONE,
        released: undefined,
        lastRelease: undefined,
        displaced: undefined,
      };
      states[resource] = state;
    }
    return state;
  }
}

function readHold(events: EventColumns, i: number, at: number): Hold {
  return {
    tid: events.tid[i]!,
    resource: events.resource[i]!,
    sinceNs: events.tsNs[i]!,
    stack: events.stack[i]!,
    mode: events.mode[i]!,
    at,
  };
}

function startGeneration(state: ResourceState, at: number): void {
  state.released = undefined;
  state.generationAt = at;
}

function hasExclusiveHolder(state: ResourceState, otherThan: number): boolean {
  const holder = onlyHolder(state);
  return holder !== undefined && holder.tid !== otherThan && !isShared(holder);
}

/** Page locks are often released by another task than the one that took them, so a lone holder is who was meant. */
function onlyHolder({ holder, readers }: ResourceState): Hold | undefined {
  return readers === undefined ? holder : undefined;
}

function holdersOf({ holder, readers }: ResourceState): Iterable<Hold> {
  if (readers !== undefined) {
    return readers.values();
  }
  return holder === undefined ? [] : [holder];
}

function holdIn({ holder, readers }: ResourceState, tid: number): Hold | undefined {
  if (readers !== undefined) {
    return readers.get(tid);
  }
  return holder?.tid === tid ? holder : undefined;
}

function addHolder(state: ResourceState, hold: Hold): void {
  const { holder } = state;
  if (state.readers === undefined && holder !== undefined && holder.tid !== hold.tid) {
    state.readers = new Map([[holder.tid, holder]]);
  }
  state.readers?.set(hold.tid, hold);
  state.holder = hold;
}

function removeHolder(state: ResourceState, { tid }: Hold): void {
  state.readers?.delete(tid);
  const rest = state.readers === undefined ? [] : [...firstTwo(state.readers.values())];
  state.holder = rest[0];
  state.readers = rest.length < 2 ? undefined : state.readers;
}

function* firstTwo<T>(values: Iterable<T>): Generator<T> {
  let left = 2;
  for (const value of values) {
    yield value;
    if (--left === 0) {
      return;
    }
  }
}
