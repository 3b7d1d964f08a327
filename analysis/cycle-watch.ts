import { NO_TID } from '../src/trace/index.ts';
import { BlockerFinder } from './find-blockers.ts';
import { type Hold, WRITE } from './replay/hold-tracker.ts';
import type { ReplayObserver } from './replay/observer.ts';
import type { ReplayState } from './replay/replay.ts';

/**
 * Notices the closing of a cycle as it happens. Only what makes new edges is looked at, a wait, an acquisition or a queue
 * that moves on, only of a task that somebody waits for, and only the chain behind it is walked. What it says is a reason to ask for the whole
 * analysis, which also judges the evidence.
 */
export class CycleWatch implements ReplayObserver {
  readonly #state: ReplayState;
  readonly #onClosed: (tids: readonly number[]) => void;
  /** By tid, the resources that it was seen taking and has not released. */
  readonly #held = new Map<number, Set<number>>();
  /** By tid, how many open waits name it as the holder. */
  readonly #named = new Map<number, number>();
  /** By row of the wait table, the holder that is counted in #named. */
  readonly #nameOf: number[] = [];
  /** Whose first writer in the queue may be another than before the event. */
  readonly #moved: number[] = [];

  /**
   * @param state of the replay that it observes, from its first event on
   * @param onClosed told the tasks of a closed walk, each once, from the one whose wait or acquisition closed it, in the
   *   direction waiter → blocker; told again when something is learnt about a wait in a cycle that is still there
   */
  constructor(state: ReplayState, onClosed: (tids: readonly number[]) => void) {
    this.#state = state;
    this.#onClosed = onClosed;
  }

  waitBegan(row: number): void {
    this.#nameOf[row] = NO_TID;
    this.waitRefined(row);
  }

  waitRefined(row: number): void {
    const { tid, holderTid } = this.#state.waits.table;
    this.#name(row, holderTid[row]!);
    this.#look(tid[row]!);
  }

  waitEnded(row: number): void {
    this.#name(row, NO_TID);
    const { mode, resource } = this.#state.waits.table;
    if (mode[row] === WRITE) {
      this.#moved.push(resource[row]!);
    }
  }

  holdBegan({ tid, resource }: Hold): void {
    const held = this.#held.get(tid) ?? new Set();
    this.#held.set(tid, held.add(resource));
    if (this.#state.waits.isWaiting(tid)) {
      this.#look(tid);
    }
  }

  holdEnded({ tid, resource }: Hold): void {
    const held = this.#held.get(tid);
    held?.delete(resource);
    if (held?.size === 0) {
      this.#held.delete(tid);
    }
    this.#moved.push(resource);
  }

  /** Who gives up a place in a queue, or a lock, leaves the readers behind to the next writer. */
  resourceSettled(): void {
    const { waits } = this.#state;
    for (let resource = this.#moved.pop(); resource !== undefined; resource = this.#moved.pop()) {
      const writer = waits.firstWriter(resource);
      if (writer !== undefined) {
        this.#look(waits.table.tid[writer]!);
      }
    }
  }

  #name(row: number, tid: number): void {
    const before = this.#nameOf[row]!;
    if (before !== tid) {
      this.#count(before, -1);
      this.#count(tid, 1);
      this.#nameOf[row] = tid;
    }
  }

  #count(tid: number, change: number): void {
    const count = (this.#named.get(tid) ?? 0) + change;
    if (tid !== NO_TID && count > 0) {
      this.#named.set(tid, count);
    } else {
      this.#named.delete(tid);
    }
  }

  #look(tid: number): void {
    const closed = this.#isWaitedFor(tid) ? findClosedWalk(this.#state, tid) : undefined;
    if (closed !== undefined) {
      this.#onClosed(closed);
    }
  }

  /** Who is at the far end of a chain that only grows closes nothing, and need not walk it. */
  #isWaitedFor(tid: number): boolean {
    const { waits } = this.#state;
    if (this.#named.has(tid)) {
      return true;
    }
    for (const resource of this.#held.get(tid) ?? []) {
      if (waits.countWaiters(resource) > 0) {
        return true;
      }
    }
    // The first writer of a queue holds back the readers behind it.
    const { mode, resource } = waits.table;
    return waits.openRowsOf(tid).some((row) => mode[row] === WRITE && waits.countWaiters(resource[row]!) > 1);
  }
}

/**
 * The tasks of a shortest closed walk from a task back to itself, waiter → blocker; undefined if it waits for nobody who
 * waits for it.
 */
export function findClosedWalk(state: ReplayState, start: number): readonly number[] | undefined {
  const finder = new BlockerFinder(state);
  const waiterOf = new Map<number, number>();
  const walk = [start];
  for (let next = 0; next < walk.length; next++) {
    const tid = walk[next]!;
    for (const blocker of blockersOf(state, finder, tid)) {
      if (blocker === start) {
        return traceBack(waiterOf, start, tid);
      }
      if (!waiterOf.has(blocker)) {
        waiterOf.set(blocker, tid);
        walk.push(blocker);
      }
    }
  }
  return undefined;
}

function* blockersOf({ waits }: ReplayState, finder: BlockerFinder, tid: number): Generator<number> {
  for (const row of waits.openRowsOf(tid)) {
    for (const set of finder.find(row)) {
      for (const blocker of set) {
        if (blocker.tid !== undefined) {
          yield blocker.tid;
        }
      }
    }
  }
}

function traceBack(waiterOf: ReadonlyMap<number, number>, start: number, last: number): number[] {
  const tids: number[] = [];
  for (let tid = last; tid !== start; tid = waiterOf.get(tid)!) {
    tids.push(tid);
  }
  return [start, ...tids.reverse()];
}
