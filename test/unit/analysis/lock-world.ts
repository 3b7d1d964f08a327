import type { Mode, TraceRecord } from '../../../src/trace/index.ts';

/** One thing that may happen in the world; whatever is impossible at the time does nothing. */
export interface Step {
  readonly op: 'acquire' | 'acquire-again' | 'release' | 'give-up' | 'submit' | 'complete' | 'restart';
  readonly task: number;
  readonly lock: number;
  readonly mode: Mode;
}

interface Waiter {
  readonly tid: number;
  readonly mode: Mode;
  readonly sinceNs: number;
}

interface Lock {
  readonly kind: string;
  readonly id: string;
  readonly holders: Map<number, Mode>;
  queue: Waiter[];
  /** Writeback only: its bio is with the device. */
  inFlight: boolean;
}

/** Whom a waiting task is for, as the world itself knows it. */
export interface TrueWait {
  readonly tid: number;
  readonly lock: string;
  readonly blockers: readonly number[];
  readonly hard: boolean;
  readonly io: boolean;
}

export type Observer = (record: TraceRecord) => void;

const KINDS = ['mutex', 'rwsem', 'folio_lock', 'folio_writeback'];
export const TASK_COUNT = 8;
export const LOCK_COUNT = 8;

/**
 * A small kernel with tasks that take locks in any order and queue fairly, and folios that go under writeback, which
 * may or may not reach the device. It tells its observer every event and knows at any time who waits for whom. It
 * shares nothing with the analysis.
 */
export class LockWorld {
  readonly locks: readonly Lock[];
  readonly tids = Array.from({ length: TASK_COUNT }, (_, task) => task + 1);
  nowNs = 0;
  readonly #observe: Observer;
  readonly #namesHolders: boolean;
  #lives = 0;

  /** @param namesHolders waits carry a holder when they begin */
  constructor(observe: Observer, namesHolders = false) {
    this.#observe = observe;
    this.#namesHolders = namesHolders;
    this.locks = Array.from({ length: LOCK_COUNT }, (_, i) => ({
      kind: KINDS[i % KINDS.length]!,
      // Two locks of different kinds share an address, as the lock and the writeback of one folio do.
      id: `0x${Math.floor(i / 2)}`,
      holders: new Map<number, Mode>(),
      queue: [],
      inFlight: false,
    }));
    for (const tid of this.tids) {
      observe({ type: 'task', tid, pid: tid });
    }
  }

  play({ op, task, lock, mode }: Step): void {
    this.nowNs += 10;
    const tid = this.tids[task % TASK_COUNT]!;
    const wanted = this.locks[lock % LOCK_COUNT]!;
    const running = !this.waits().some((wait) => wait.tid === tid);
    if (op === 'give-up' && !running) {
      this.#giveUp(tid);
    } else if (op === 'complete') {
      this.#complete(this.#folio(lock));
    } else if (op === 'submit') {
      this.#submit(this.#folio(lock), tid);
    } else if (running) {
      this.#run(op, tid, wanted, wanted.kind === 'rwsem' ? mode : 'write');
    }
  }

  waits(): TrueWait[] {
    return this.locks.flatMap((lock) => lock.queue.map((waiter) => trueWait(lock, waiter)));
  }

  /** The queue entry of a waiting task. */
  waiterOf(tid: number): { lock: Lock; waiter: Waiter } | undefined {
    for (const lock of this.locks) {
      const waiter = lock.queue.find((entry) => entry.tid === tid);
      if (waiter !== undefined) {
        return { lock, waiter };
      }
    }
    return undefined;
  }

  #run(op: Step['op'], tid: number, lock: Lock, mode: Mode): void {
    switch (op) {
      case 'acquire':
      case 'acquire-again':
        if (lock.holders.has(tid) === (op === 'acquire-again')) {
          this.#acquire(tid, lock, mode);
        }
        break;
      case 'release':
        this.#release(tid, lock);
        break;
      case 'restart':
        this.#restart(tid);
        break;
    }
  }

  #folio(index: number): Lock {
    const folios = this.locks.filter(({ kind }) => kind === 'folio_writeback');
    return folios[index % folios.length]!;
  }

  #submit(folio: Lock, tid: number): void {
    if (folio.holders.size > 0 && !folio.inFlight) {
      folio.inFlight = true;
      this.#observe({ type: 'io_begin', ts: this.nowNs, kind: folio.kind, res: folio.id, tid });
    }
  }

  #acquire(tid: number, lock: Lock, mode: Mode): void {
    const free = lock.holders.size === 0 || (mode === 'read' && isReadHeld(lock));
    if (free && lock.queue.length === 0) {
      this.#grant(tid, lock, mode);
    } else {
      lock.queue.push({ tid, mode, sinceNs: this.nowNs });
      this.#emit('wait_begin', tid, lock, mode, this.#hint(lock));
    }
  }

  /** A holder as a lock's owner field gives it: any one of them, and at this moment only. */
  #hint(lock: Lock): Partial<TraceRecord> {
    const [holder] = lock.holders.keys();
    return this.#namesHolders && holder !== undefined ? { holder, evidence: 'owner-field' } : {};
  }

  #grant(tid: number, lock: Lock, mode: Mode): void {
    lock.holders.set(tid, mode);
    this.#emit('hold_begin', tid, lock, mode);
  }

  #release(tid: number, lock: Lock): void {
    if (lock.holders.has(tid) && lock.kind !== 'folio_writeback') {
      lock.holders.delete(tid);
      this.#emit('hold_end', tid, lock);
      this.#serveQueue(lock);
    }
  }

  /** The device is done. Those who waited only wanted it to be over. */
  #complete(lock: Lock): void {
    if (lock.inFlight) {
      lock.inFlight = false;
      lock.holders.clear();
      this.#observe({ type: 'io_end', ts: this.nowNs, kind: lock.kind, res: lock.id });
      for (const { tid } of lock.queue) {
        this.#emit('wait_end', tid, lock);
      }
      lock.queue = [];
    }
  }

  #serveQueue(lock: Lock): void {
    for (let next = lock.queue[0]; next !== undefined; next = lock.queue[0]) {
      const free = lock.holders.size === 0 || (next.mode === 'read' && isReadHeld(lock));
      if (!free) {
        return;
      }
      lock.queue.shift();
      this.nowNs++;
      this.#emit('wait_end', next.tid, lock);
      this.#grant(next.tid, lock, next.mode);
    }
  }

  #giveUp(tid: number): void {
    const { lock } = this.waiterOf(tid)!;
    lock.queue = lock.queue.filter((waiter) => waiter.tid !== tid);
    this.#emit('wait_end', tid, lock);
    if (lock.kind !== 'folio_writeback') {
      this.#serveQueue(lock);
    }
  }

  /** The task ends, having let go of everything, and its number is given to a new one. */
  #restart(tid: number): void {
    if (!this.locks.some((lock) => lock.holders.has(tid))) {
      this.#observe({ type: 'task', tid, pid: 1000 + this.#lives++ });
    }
  }

  #emit(
    type: TraceRecord['type'],
    tid: number,
    lock: Lock,
    mode?: Mode,
    rest: Partial<TraceRecord> = {},
  ): void {
    const detail = mode !== undefined && lock.kind === 'rwsem' ? { mode } : {};
    this.#observe({ type, ts: this.nowNs, tid, kind: lock.kind, res: lock.id, ...detail, ...rest });
  }
}

function isReadHeld(lock: Lock): boolean {
  return [...lock.holders.values()].every((mode) => mode === 'read');
}

function trueWait(lock: Lock, { tid, mode }: Waiter): TrueWait {
  const name = `${lock.kind} ${lock.id}`;
  if (lock.inFlight) {
    return { tid, lock: name, blockers: [], hard: true, io: true };
  }
  if (mode === 'read' && isReadHeld(lock)) {
    const writer = lock.queue.find((waiter) => waiter.mode === 'write')!;
    return { tid, lock: name, blockers: [writer.tid], hard: false, io: false };
  }
  return { tid, lock: name, blockers: [...lock.holders.keys()], hard: true, io: false };
}

export interface TrueCycle {
  readonly tasks: readonly number[];
  readonly hard: boolean;
}

/** Every cycle of tasks, by trying all paths: slow and plain. A lock's holders are passed once at most. */
export function findTrueCycles(waits: readonly TrueWait[]): TrueCycle[] {
  const byTid = new Map(waits.map((wait) => [wait.tid, wait]));
  const cycles: TrueCycle[] = [];
  for (const start of waits) {
    const paths: TrueWait[][] = [[start]];
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      for (const tid of path.at(-1)!.blockers) {
        const next = byTid.get(tid);
        if (tid === start.tid) {
          cycles.push({ tasks: path.map((wait) => wait.tid), hard: path.every(({ hard }) => hard) });
        } else if (next !== undefined && tid > start.tid && !path.some((wait) => passesSame(wait, next))) {
          paths.push([...path, next]);
        }
      }
    }
  }
  return cycles;
}

function passesSame(a: TrueWait, b: TrueWait): boolean {
  return a.tid === b.tid || (a.lock === b.lock && a.hard && b.hard);
}
