import { NONE } from '../trace/index.ts';
import type { Folio, Memory } from './memory.ts';
import { READ, type Resource, type Task, WRITE } from './objects.ts';
import { Program } from './program.ts';
import type { Random } from './random.ts';

/** GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_PGTABLE_USER: any of them may enter reclaim and wait there. */
const GFP_RECLAIM = [0xcc0, 0x40_0cc0, 0x40_0dc0];
/** GFP_NOFS, GFP_NOIO: reclaim keeps away from file systems and their writeback. */
const GFP_NOFS = [0xc40, 0xc00];

/** Most accesses go to a few objects, or there would be no waits. */
const HOT = 8;
const THINK_NS = 60_000;
const WORK_NS = 3000;
/** No task does two things at one time, or a tracer that tells them later could not say in what order. */
const LOCK_NS = 100;
const SPIN_NS = 300;
const DEVICE_NS = 250_000;
const JOBS_PER_LIFE = 500;
const RELABEL_ONE_IN = 50;
const FOLIOS_PER_FILE = 64;

/**
 * What healthy tasks do all day. No two of them can lock each other out for good: everybody asks in one order (mutexes,
 * rwsems, folio locks, of each kind by its place; then writeback; a spinlock last), what is tried out of order is not waited for,
 * and who has folios in a bio submits it before asking for anything but a spinlock.
 */
export class Workload {
  readonly #random: Random;
  readonly #memory: Memory;
  readonly #mutexes: LazyList<Resource>;
  readonly #rwsems: LazyList<Resource>;
  readonly #folios: LazyList<Folio>;
  readonly #spinlocks: LazyList<Resource>;
  readonly #recycled: Recycled;

  /** @param resourceCount how many there are to share, of all kinds together; at least 16 */
  constructor(random: Random, memory: Memory, resourceCount: number) {
    this.#random = random;
    this.#memory = memory;
    this.#recycled = new Recycled(random, memory);
    const lock = (kind: 'mutex' | 'rwsem' | 'spinlock') => () => memory.lock(kind);
    this.#mutexes = new LazyList(Math.floor(resourceCount / 4), lock('mutex'));
    this.#rwsems = new LazyList(Math.floor(resourceCount / 8), lock('rwsem'));
    this.#spinlocks = new LazyList(Math.floor(resourceCount / 8), lock('spinlock'));
    // A folio is two resources.
    this.#folios = new LazyList(Math.floor(resourceCount / 4), (place) =>
      memory.folio(Math.floor(place / FOLIOS_PER_FILE), place % FOLIOS_PER_FILE),
    );
  }

  /** The next job of a task that is through with the one before. */
  next(task: Task): Program {
    const program = new Program();
    if (this.#random.oneIn(JOBS_PER_LIFE)) {
      program.exit();
    }
    program.run(this.#ns(THINK_NS));
    switch (this.#random.below(8)) {
      case 0:
        this.#fsync(program);
        break;
      case 1:
        this.#allocate(program);
        break;
      case 2:
        this.#useRecycled(program);
        break;
      case 3:
        this.#tryOutOfOrder(program);
        break;
      default:
        this.#work(program, task);
    }
    return program;
  }

  /** Takes some locks in order, does something to folios under them, and lets all go. */
  #work(program: Program, task: Task): void {
    const mutexes = this.#some(this.#mutexes, 1);
    const rwsems = this.#some(this.#rwsems, 2);
    for (const mutex of mutexes) {
      program.acquire(mutex).run(this.#ns(WORK_NS));
    }
    for (const rwsem of rwsems) {
      program.acquire(rwsem, this.#random.oneIn(3) ? WRITE : READ).run(this.#ns(WORK_NS));
    }
    this.#spin(program);
    if (task.index % 2 === 0 || mutexes.length + rwsems.length === 0) {
      this.#writeFolios(program);
    }
    for (const lock of [...rwsems, ...mutexes]) {
      program.release(lock);
    }
  }

  #writeFolios(program: Program): void {
    const folios = this.#someOfFile();
    for (const { lock } of folios) {
      program.acquire(lock).run(this.#ns(LOCK_NS));
    }
    if (this.#random.oneIn(3)) {
      this.#writeBack(program, folios);
    } else {
      program.run(this.#ns(WORK_NS));
    }
    for (const { lock, file, place } of folios) {
      if (this.#random.oneIn(RELABEL_ONE_IN)) {
        program.relabel(lock, this.#memory.pageLabel(file, place));
      }
      program.release(lock);
    }
    if (folios.length > 0) {
      this.#spin(program);
      program.submit(this.#ns(DEVICE_NS));
    }
  }

  #writeBack(program: Program, folios: readonly Folio[]): void {
    for (const { writeback } of folios) {
      program.waitWriteback(writeback);
    }
    for (const { writeback } of folios) {
      program.startWriteback(writeback).run(this.#ns(WORK_NS / 4));
    }
  }

  #fsync(program: Program): void {
    for (const { writeback } of this.#someOfFile()) {
      program.waitWriteback(writeback);
    }
  }

  /** Reclaim of an allocation that may enter the file system waits for writeback; one that may not does not. */
  #allocate(program: Program): void {
    const fn = this.#random.below(2);
    if (this.#random.oneIn(3)) {
      const [rwsem] = this.#some(this.#rwsems, 1);
      const guard = rwsem ?? this.#rwsems.get(0);
      program.acquire(guard, READ).enterAlloc(fn, this.#random.pick(GFP_NOFS)).run(this.#ns(WORK_NS));
      program.leaveAlloc().release(guard);
      return;
    }
    program.enterAlloc(fn, this.#random.pick(GFP_RECLAIM)).run(this.#ns(WORK_NS));
    if (this.#random.oneIn(2)) {
      this.#fsync(program);
    }
    program.leaveAlloc();
  }

  #useRecycled(program: Program): void {
    const lock = this.#recycled.pick();
    program
      .acquire(lock, lock.kind === 'rwsem' ? WRITE : NONE)
      .run(this.#ns(WORK_NS))
      .release(lock);
  }

  /** The second lock is below the first one: it may be tried, never waited for. */
  #tryOutOfOrder(program: Program): void {
    const [first, ...rest] = this.#some(this.#mutexes, 3);
    const last = rest.at(-1);
    if (first !== undefined && last !== undefined) {
      program.acquire(last).run(this.#ns(WORK_NS)).tryAcquire(first, NONE, 2);
      program.run(this.#ns(WORK_NS)).release(first).release(last);
    }
  }

  #spin(program: Program): void {
    if (this.#random.oneIn(2)) {
      const lock = this.#spinlocks.get(this.#place(this.#spinlocks.size));
      program.acquire(lock).run(this.#ns(SPIN_NS)).release(lock);
    }
  }

  /** Up to three folios of one file, in their order. */
  #someOfFile(): Folio[] {
    const { size } = this.#folios;
    const first = Math.floor(this.#place(size) / FOLIOS_PER_FILE) * FOLIOS_PER_FILE;
    return this.#some(this.#folios, 3, first, Math.min(FOLIOS_PER_FILE, size - first));
  }

  /** Up to `most` different ones, in their order, out of `count` from place `first`. */
  #some<T>(from: LazyList<T>, most: number, first = 0, count = from.size): T[] {
    const places: number[] = [];
    for (let i = this.#random.between(0, most); i > 0; i--) {
      insertOnce(places, first + this.#place(count));
    }
    const some: T[] = [];
    for (const place of places) {
      some.push(from.get(place));
    }
    return some;
  }

  #place(size: number): number {
    return this.#random.below(this.#random.oneIn(3) ? Math.min(HOT, size) : size);
  }

  #ns(typicalNs: number): number {
    return this.#random.durationNs(typicalNs);
  }
}

/** Into a short list that is in order. */
function insertOnce(places: number[], place: number): void {
  if (places.includes(place)) {
    return;
  }
  let at = places.push(place) - 1;
  for (; at > 0 && places[at - 1]! > place; at--) {
    places[at] = places[at - 1]!;
  }
  places[at] = place;
}

/** Objects that are made when they are first used: of a million, a short run touches few. */
class LazyList<T> {
  readonly size: number;
  readonly #items: (T | undefined)[];
  readonly #make: (place: number) => T;

  constructor(size: number, make: (place: number) => T) {
    this.size = size;
    this.#items = new Array(size);
    this.#make = make;
  }

  get(place: number): T {
    let item = this.#items[place];
    if (item === undefined) {
      item = this.#make(place);
      this.#items[place] = item;
    }
    return item;
  }
}

/** Addresses at which a mutex and an rwsem take turns, as slab objects do. */
class Recycled {
  readonly #random: Random;
  readonly #pairs: (readonly [Resource, Resource])[];
  readonly #lives: number[];

  constructor(random: Random, memory: Memory) {
    this.#random = random;
    this.#pairs = Array.from({ length: HOT }, () => memory.lockPair('mutex', 'rwsem'));
    this.#lives = this.#pairs.map(() => 0);
  }

  pick(): Resource {
    const place = this.#random.below(this.#pairs.length);
    const alive = this.#pairs[place]![this.#lives[place]!]!;
    if (alive.isFree && alive.first === undefined && this.#random.oneIn(4)) {
      this.#lives[place] = 1 - this.#lives[place]!;
    }
    return this.#pairs[place]![this.#lives[place]!]!;
  }
}
