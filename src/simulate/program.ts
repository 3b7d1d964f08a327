import { NONE } from '../trace/index.ts';
import type { Gate, Resource, Task } from './objects.ts';

/** What a task can do, one after the other. */
export const Do = {
  run: 0,
  acquire: 1,
  tryAcquire: 2,
  release: 3,
  startWriteback: 4,
  submit: 5,
  waitWriteback: 6,
  enterAlloc: 7,
  leaveAlloc: 8,
  relabel: 9,
  exit: 10,
  arrive: 11,
  pass: 12,
  giveUp: 13,
  kill: 14,
} as const;
export type Action = (typeof Do)[keyof typeof Do];

/**
 * One step. All have one form and small integers in it, because a kernel goes through millions of them a second: with
 * numbers that do not fit 31 bits V8 takes twice as long.
 */
export interface Step {
  readonly action: Action;
  readonly resource: Resource | undefined;
  /** Inside a wait for `resource`: the spinlock that the task spins for. */
  readonly inner: Resource | undefined;
  /** Of run and submit: ns. Of acquire and tryAcquire: the mode. Of an allocation: the function. */
  readonly value: number;
  /** Of acquire and tryAcquire: steps to leave out without it. Of enterAlloc: gfp. */
  readonly extra: number;
  readonly gate: Gate | undefined;
  readonly task: Task | undefined;
  readonly text: string | undefined;
}

/** Latency of a device that never answers. */
export const NEVER = -1;

/** The steps of one job. */
export class Program {
  readonly steps: Step[] = [];

  run(ns: number): this {
    return this.#add(Do.run, undefined, ns);
  }

  /** @param skip steps to leave out if the task gives up */
  acquire(resource: Resource, mode: number = NONE, skip = 0): this {
    return this.#add(Do.acquire, resource, mode, skip);
  }

  /** Waits for `outer` and, inside that wait, spins for `inner`. */
  acquireSpinning(outer: Resource, inner: Resource): this {
    return this.#add(Do.acquire, outer, NONE, 0, inner);
  }

  /** @param skip steps to leave out if it is not free */
  tryAcquire(resource: Resource, mode: number, skip: number): this {
    return this.#add(Do.tryAcquire, resource, mode, skip);
  }

  release(resource: Resource): this {
    return this.#add(Do.release, resource);
  }

  /** Puts a folio, which must not be under writeback, into the task's bio. */
  startWriteback(folio: Resource): this {
    return this.#add(Do.startWriteback, folio);
  }

  /** Hands the bio to a device, which is done with it after `latencyNs`. */
  submit(latencyNs: number): this {
    return this.#add(Do.submit, undefined, latencyNs);
  }

  waitWriteback(folio: Resource): this {
    return this.#add(Do.waitWriteback, folio);
  }

  enterAlloc(fn: number, gfp: number): this {
    return this.#add(Do.enterAlloc, undefined, fn, gfp);
  }

  leaveAlloc(): this {
    return this.#add(Do.leaveAlloc, undefined);
  }

  /** Its memory is freed and used for something else of that kind. */
  relabel(resource: Resource, label: string): this {
    return this.#add(Do.relabel, resource, 0, 0, undefined, undefined, undefined, label);
  }

  /** Ends the task; its tid becomes another's. */
  exit(): this {
    return this.#add(Do.exit, undefined);
  }

  arrive(gate: Gate): this {
    return this.#add(Do.arrive, undefined, 0, 0, undefined, gate);
  }

  pass(gate: Gate): this {
    return this.#add(Do.pass, undefined, 0, 0, undefined, gate);
  }

  /** Makes another task give up its wait. */
  giveUp(task: Task): this {
    return this.#add(Do.giveUp, undefined, 0, 0, undefined, undefined, task);
  }

  /** Ends another task wherever it is; its tid becomes another's, and what it holds nobody's. */
  kill(task: Task): this {
    return this.#add(Do.kill, undefined, 0, 0, undefined, undefined, task);
  }

  #add(
    action: Action,
    resource: Resource | undefined,
    value = 0,
    extra = 0,
    inner?: Resource,
    gate?: Gate,
    task?: Task,
    text?: string,
  ): this {
    this.steps.push({ action, resource, inner, value, extra, gate, task, text });
    return this;
  }
}
