import { NONE } from '../trace/index.ts';
import { type Gate, READ, Resource, Task, Wait, WRITE } from './objects.ts';
import { PATHS } from './places.ts';
import { Do, NEVER, type Program, type Step } from './program.ts';
import type { Random } from './random.ts';
import type { Recorder } from './recorder.ts';
import { TimeQueue } from './time-queue.ts';

/** Whose turn it is: a number in the queue of things to come is 4 × index + one of these. */
const Turn = { task: 0, device: 1, spin: 2 } as const;

const WAKE_NS = 2000;
const SPIN_NS = 600;
const ALLOC_BYTES: readonly number[] = [4096, 8];

/**
 * A kernel as a discrete-event model: tasks that go through programs, and locks with fair queues, folios and a device
 * between them. It hands everything that happens to a recorder, decides nothing by itself, and never looks for cycles.
 */
export class Kernel {
  readonly random: Random;
  readonly recorder: Recorder;
  readonly tasks: Task[] = [];
  /** Everything takes this many times as long as programs say. */
  readonly #scale: number;
  readonly #queue = new TimeQueue();
  readonly #bios: Resource[][] = [];
  readonly #freeBios: number[] = [];
  readonly #onIdle: (task: Task) => void;
  readonly #nextPid: () => number;

  /**
   * @param nextPid a thread group id that no task has had
   * @param onIdle a task is through with its program: it may be given another one
   */
  constructor(
    random: Random,
    recorder: Recorder,
    scale: number,
    nextPid: () => number,
    onIdle: (task: Task) => void,
  ) {
    this.random = random;
    this.recorder = recorder;
    this.#scale = scale;
    this.#nextPid = nextPid;
    this.#onIdle = onIdle;
  }

  get nowNs(): number {
    return this.recorder.nowNs;
  }

  addTask(tid: number, planted: boolean): Task {
    const path = this.random.below(PATHS.length);
    const comm = this.random.pick(PATHS[path]!.comms);
    const task = new Task(this.tasks.length, tid, this.#nextPid(), comm, path, planted);
    this.tasks.push(task);
    this.recorder.taskNamed(task);
    return task;
  }

  /** Lets the task begin a program, some time from now. */
  start(task: Task, program: Program): void {
    task.program = program;
    task.at = 0;
    this.#wake(task, this.random.durationNs(WAKE_NS));
  }

  /** Lets the next thing happen; false = nothing is left to happen. */
  step(): boolean {
    if (this.#queue.length === 0) {
      return false;
    }
    this.recorder.advance(Math.max(this.nowNs, this.#queue.nextNs));
    const item = this.#queue.pop();
    const index = item >> 2;
    switch (item & 3) {
      case Turn.device:
        this.#endIo(index);
        break;
      case Turn.spin:
        this.#endSpin(this.tasks[index]!);
        break;
      default:
        this.#go(this.tasks[index]!);
    }
    return true;
  }

  *openWaits(): Generator<Wait> {
    for (const { wait, spin } of this.tasks) {
      if (wait !== undefined) {
        yield wait;
      }
      if (spin !== undefined) {
        yield spin;
      }
    }
  }

  #go(task: Task): void {
    while (!task.dead && task.program !== undefined) {
      const step = task.program.steps[task.at++];
      if (step === undefined) {
        task.program = undefined;
        this.#onIdle(task);
        return;
      }
      if (!this.#do(task, step)) {
        return;
      }
    }
  }

  /** False = the task has to be woken before it can go on. */
  #do(task: Task, step: Step): boolean {
    switch (step.action) {
      case Do.run:
        this.#wake(task, step.value * this.#scale);
        return false;
      case Do.acquire:
        return this.#acquire(task, step.resource!, step.value, step.inner);
      case Do.tryAcquire:
        if (this.#canTake(step.resource!, step.value)) {
          this.#take(task, step.resource!, step.value, true);
        } else {
          task.at += step.extra;
        }
        return true;
      case Do.release:
        this.#release(task, step.resource!);
        return true;
      case Do.startWriteback:
        task.bio.push(step.resource!);
        this.#take(task, step.resource!, NONE);
        return true;
      case Do.submit:
        this.#submit(task, step.value);
        return true;
      case Do.waitWriteback:
        return step.resource!.isFree || this.#wait(task, step.resource!, NONE);
      case Do.enterAlloc:
        task.alloc = {
          fn: step.value,
          gfp: step.extra,
          sizeBytes: ALLOC_BYTES[step.value]!,
          sinceNs: this.nowNs,
          told: false,
        };
        this.recorder.allocBegan(task, task.alloc);
        return true;
      case Do.leaveAlloc:
        this.recorder.allocEnded(task, task.alloc!);
        task.alloc = undefined;
        return true;
      case Do.relabel:
        step.resource!.label = step.text;
        this.recorder.relabelled(step.resource!);
        return true;
      case Do.exit:
        task.pid = this.#nextPid();
        this.recorder.taskNamed(task);
        this.#wake(task, this.#ownNs(WAKE_NS));
        return false;
      case Do.arrive:
        this.#arrive(step.gate!);
        return true;
      case Do.pass:
        return this.#pass(task, step.gate!);
      case Do.giveUp:
        this.#giveUp(step.task!);
        return true;
      case Do.kill:
        this.#kill(step.task!);
        return true;
    }
  }

  #acquire(task: Task, resource: Resource, mode: number, inner: Resource | undefined): boolean {
    if (resource.first === undefined && this.#canTake(resource, mode)) {
      this.#take(task, resource, mode);
      return true;
    }
    this.#wait(task, resource, mode);
    if (inner !== undefined) {
      task.spin = new Wait(task, inner, NONE, this.nowNs);
      this.recorder.waitBegan(task.spin);
    } else if ((resource.kind === 'mutex' || resource.kind === 'rwsem') && this.random.oneIn(8)) {
      this.#spinForQueue(task, resource);
    }
    return false;
  }

  /** Others are at the lock's queue just now, so the task has to spin before it can join. */
  #spinForQueue(task: Task, resource: Resource): void {
    resource.waitLock ??= new Resource('spinlock', `${resource.id.slice(0, -1)}8`, undefined);
    task.spin = new Wait(task, resource.waitLock, NONE, this.nowNs);
    this.recorder.waitBegan(task.spin);
    this.#queue.push(this.nowNs + this.random.durationNs(SPIN_NS), task.index * 4 + Turn.spin);
  }

  /** A spinlock that a planted scenario made it spin for is another matter. */
  #endSpin(task: Task): void {
    if (task.spin !== undefined && task.spin.resource === task.wait?.resource.waitLock) {
      task.spin.isOver = true;
      this.recorder.waitEnded(task.spin);
      task.spin = undefined;
    }
  }

  /** Takes no notice of a queue: that is the difference between trying and asking. */
  #canTake(resource: Resource, mode: number): boolean {
    return (
      resource.isFree || (mode === READ && resource.holder === undefined && resource.first === undefined)
    );
  }

  #take(task: Task, resource: Resource, mode: number, isTried = false): void {
    resource.isTried = isTried;
    if (mode === READ) {
      resource.readers ??= new Map();
      resource.readers.set(task, this.nowNs);
      resource.lastReader = task;
    } else {
      resource.holder = task;
      resource.sinceNs = this.nowNs;
    }
    this.recorder.holdBegan(task, resource, mode);
  }

  /** Always false: whoever waits has to be woken. */
  #wait(task: Task, resource: Resource, mode: number): false {
    const wait = new Wait(task, resource, mode, this.nowNs);
    task.wait = wait;
    if (resource.last === undefined) {
      resource.first = wait;
    } else {
      resource.last.next = wait;
    }
    resource.last = wait;
    this.recorder.waitBegan(wait);
    return false;
  }

  #release(task: Task, resource: Resource): void {
    if (resource.holder !== task && resource.readers?.delete(task)) {
      this.recorder.holdEnded(task, resource, READ, false);
    } else {
      const mode = resource.kind === 'rwsem' ? WRITE : NONE;
      resource.holder = undefined;
      this.recorder.holdEnded(
        task,
        resource,
        mode,
        resource.first !== undefined && resource.first.mode !== READ,
      );
    }
    this.#grant(resource);
  }

  /** Lets those at the head of the queue have it who can: one alone, or readers up to the next writer. */
  #grant(resource: Resource): void {
    for (let { first } = resource; first !== undefined; first = resource.first) {
      const isShared = first.mode === READ && resource.holder === undefined;
      if (!resource.isFree && !isShared) {
        return;
      }
      this.#endWait(first);
      this.#take(first.task, resource, first.mode);
    }
  }

  /** Takes the first of a queue out of it and wakes its task. */
  #endWait(wait: Wait): void {
    const { resource, task } = wait;
    resource.first = wait.next;
    if (wait.next === undefined) {
      resource.last = undefined;
    }
    this.#finishWait(wait);
    this.#wake(task, this.#ownNs(WAKE_NS));
  }

  #finishWait(wait: Wait): void {
    this.#endSpin(wait.task);
    wait.isOver = true;
    wait.task.wait = undefined;
    this.recorder.waitEnded(wait);
  }

  #submit(task: Task, latencyNs: number): void {
    const folios = task.bio;
    if (folios.length === 0) {
      return;
    }
    task.bio = [];
    for (const folio of folios) {
      folio.holder = undefined;
      folio.withDevice = true;
      folio.sinceNs = this.nowNs;
      this.recorder.ioBegan(folio, task);
    }
    if (latencyNs !== NEVER) {
      const bio = this.#freeBios.pop() ?? this.#bios.length;
      this.#bios[bio] = folios;
      this.#queue.push(this.nowNs + latencyNs * this.#scale, bio * 4 + Turn.device);
    }
  }

  #endIo(bio: number): void {
    for (const folio of this.#bios[bio]!) {
      folio.withDevice = false;
      this.recorder.ioEnded(folio);
      for (let { first } = folio; first !== undefined; first = folio.first) {
        this.#endWait(first);
      }
      this.recorder.ioOver(folio);
    }
    this.#bios[bio] = [];
    this.#freeBios.push(bio);
  }

  #arrive(gate: Gate): void {
    if (gate.arrive()) {
      for (const task of gate.parked) {
        this.#wake(task, this.#ownNs(WAKE_NS));
      }
      gate.parked = [];
    }
  }

  #pass(task: Task, gate: Gate): boolean {
    if (!gate.isOpen) {
      gate.parked.push(task);
    }
    return gate.isOpen;
  }

  #giveUp(task: Task): void {
    const wait = task.wait!;
    const step = task.program!.steps[task.at - 1]!;
    task.at += step.extra;
    this.#unlink(wait);
    this.#finishWait(wait);
    this.#wake(task, this.#ownNs(WAKE_NS));
    this.#grant(wait.resource);
  }

  #kill(task: Task): void {
    task.dead = true;
    for (const wait of [task.wait, task.spin]) {
      if (wait !== undefined) {
        wait.isOver = true;
        this.recorder.waitVanished(wait);
      }
    }
    const { wait } = task;
    task.wait = undefined;
    task.spin = undefined;
    this.addTask(task.tid, true);
    if (wait !== undefined) {
      this.#unlink(wait);
      this.#grant(wait.resource);
    }
  }

  #unlink(wait: Wait): void {
    const { resource } = wait;
    let before: Wait | undefined;
    for (let other = resource.first; other !== wait && other !== undefined; other = other.next) {
      before = other;
    }
    if (before === undefined) {
      resource.first = wait.next;
    } else {
      before.next = wait.next;
    }
    resource.last = resource.last === wait ? before : resource.last;
  }

  #wake(task: Task, afterNs: number): void {
    this.#queue.push(this.nowNs + afterNs, task.index * 4 + Turn.task);
  }

  #ownNs(typicalNs: number): number {
    return this.random.durationNs(typicalNs) * this.#scale;
  }
}
