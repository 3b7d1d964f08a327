import { type Kind, MODES, NONE } from '../trace/index.ts';
import type { Program } from './program.ts';

export const READ = MODES.indexOf('read');
export const WRITE = MODES.indexOf('write');

/** One life of a tid. */
export class Task {
  /** Place in the kernel's list of tasks. */
  readonly index: number;
  readonly tid: number;
  pid: number;
  comm: string;
  /** Place in PATHS: what it is doing, as its stacks show it. */
  path: number;
  /** Healthy tasks are given one job after the other; those of a planted scenario have one, and losses spare them. */
  readonly planted: boolean;
  program: Program | undefined = undefined;
  /** Place of the next step in the program. */
  at = 0;
  wait: Wait | undefined = undefined;
  /** A spinlock that it wants while it is in the other wait. */
  spin: Wait | undefined = undefined;
  /** Folios that are in its bio, not yet submitted. */
  bio: Resource[] = [];
  alloc: Allocation | undefined = undefined;
  dead = false;

  constructor(index: number, tid: number, pid: number, comm: string, path: number, planted: boolean) {
    this.index = index;
    this.tid = tid;
    this.pid = pid;
    this.comm = comm;
    this.path = path;
    this.planted = planted;
  }
}

export interface Allocation {
  /** Position in ALLOC_FUNCTIONS. */
  readonly fn: number;
  readonly gfp: number;
  readonly sizeBytes: number;
  readonly sinceNs: number;
  told: boolean;
}

/** What tasks wait for. Of a folio the lock bit and the writeback bit are two, at one address. */
export class Resource {
  readonly kind: Kind;
  /** The address, as text. */
  readonly id: string;
  label: string | undefined;
  /** Index in the trace's table; NONE until an event is about it. */
  index: number = NONE;
  /** Who has it alone. Of a writeback: who has it in a bio that is not submitted. */
  holder: Task | undefined = undefined;
  sinceNs = 0;
  /** Its holder took it by trying. */
  isTried = false;
  /** rwsem: since when each reader has it. */
  readers: Map<Task, number> | undefined = undefined;
  /** rwsem: the last reader to come, whom the owner field goes on naming. */
  lastReader: Task | undefined = undefined;
  /** Writeback: a device has it. */
  withDevice = false;
  first: Wait | undefined = undefined;
  last: Wait | undefined = undefined;
  /** Whether what happens to it goes into the trace; see Recorder. */
  told = false;
  /** The spinlock that guards its queue. */
  waitLock: Resource | undefined = undefined;

  constructor(kind: Kind, id: string, label: string | undefined) {
    this.kind = kind;
    this.id = id;
    this.label = label;
  }

  get isFree(): boolean {
    const { holder, withDevice, readers } = this;
    return holder === undefined && !withDevice && (readers === undefined || readers.size === 0);
  }
}

/** One wait, from its begin to its end. */
export class Wait {
  readonly task: Task;
  readonly resource: Resource;
  /** Position in MODES, or NONE. */
  readonly mode: number;
  readonly sinceNs: number;
  next: Wait | undefined = undefined;
  isOver = false;
  told = false;
  /** It was to be told, and its records were lost. */
  lost = false;

  constructor(task: Task, resource: Resource, mode: number, sinceNs: number) {
    this.task = task;
    this.resource = resource;
    this.mode = mode;
    this.sinceNs = sinceNs;
  }
}

/** Opens when as many have arrived as it expects; those who want to pass wait here, outside the kernel. */
export class Gate {
  #missing: number;
  readonly #onOpen: () => void;
  parked: Task[] = [];

  constructor(size: number, onOpen: () => void = () => {}) {
    this.#missing = size;
    this.#onOpen = onOpen;
  }

  get isOpen(): boolean {
    return this.#missing === 0;
  }

  /** One more has to arrive. */
  expect(): void {
    this.#missing++;
  }

  /** True = it opens now. */
  arrive(): boolean {
    this.#missing--;
    if (this.isOpen) {
      this.#onOpen();
    }
    return this.isOpen;
  }
}
