import { EVIDENCES, EventCode, type Kind, NO_TID, NONE, TraceBuilder } from '../trace/index.ts';
import { type Allocation, READ, type Resource, type Task, type Wait, WRITE } from './objects.ts';
import { Stacks } from './places.ts';

const OWNER_FIELD = EVIDENCES.indexOf('owner-field');
const TRACED = EVIDENCES.indexOf('traced');
const UNKNOWN = EVIDENCES.indexOf('unknown');

/** Waits of one kind that the trace has from begin to end. */
export interface WaitTotal {
  count: number;
  totalNs: number;
}

export interface RecorderOptions {
  /** A wait is recorded when it has lasted this long; 0 = at once. */
  readonly lateNs: number;
}

/**
 * Writes down what happens in the kernel, as a tracer would, and keeps count of what an analysis must find in it.
 *
 * With `lateNs` it is a tracer with a threshold: a wait is told when it has lasted that long, and with it since when who
 * has had the resource; from then on what happens to that resource, until nobody has it or wants it.
 */
export class Recorder {
  readonly builder = new TraceBuilder();
  readonly totals = new Map<Kind, WaitTotal>();
  openWaits = 0;
  eventCount = 0;
  /** Records that were left out on purpose. */
  lostCount = 0;
  /** Incidents still to come: each costs the trace the records of a wait, or one of a release. */
  lossesDue = 0;
  nowNs = 0;
  readonly #lateNs: number;
  readonly #stacks = new Stacks(this.builder.stacks);
  /** Waits that may become old enough, oldest first. */
  #young: Wait[] = [];
  #youngFrom = 0;

  constructor({ lateNs }: RecorderOptions) {
    this.#lateNs = lateNs;
  }

  /** To be called before anything happens at a time: who has waited long enough by then is told first. */
  advance(nowNs: number): void {
    const young = this.#young;
    while (this.#youngFrom < young.length && young[this.#youngFrom]!.sinceNs + this.#lateNs <= nowNs) {
      const wait = young[this.#youngFrom++]!;
      if (!wait.isOver) {
        this.#tell(wait);
      }
    }
    if (this.#youngFrom > 1024 && this.#youngFrom * 2 > young.length) {
      this.#young = young.slice(this.#youngFrom);
      this.#youngFrom = 0;
    }
    this.nowNs = nowNs;
  }

  taskNamed({ tid, pid, comm }: Task): void {
    this.builder.setTask(tid, pid, comm, this.nowNs);
  }

  relabelled(resource: Resource): void {
    if (resource.index !== NONE) {
      this.builder.resources.setLabel(resource.index, resource.label!);
    }
  }

  waitBegan(wait: Wait): void {
    if (this.#lateNs === 0) {
      this.#tell(wait);
    } else {
      this.#young.push(wait);
    }
  }

  waitEnded(wait: Wait): void {
    const { told, lost, resource, task, mode } = wait;
    if (lost) {
      this.#countLoss(2);
    }
    if (told) {
      this.openWaits--;
      this.#addToTotal(resource.kind, this.nowNs - wait.sinceNs);
      this.#add(EventCode.waitEnd, this.nowNs, task.tid, resource, mode, NONE);
    }
  }

  /** The wait is over because its task is gone; nobody saw it end. */
  waitVanished({ told }: Wait): void {
    this.openWaits -= told ? 1 : 0;
  }

  /** The wait goes on after the last event: of a lost one only the begin is missing. */
  waitLeftOpen({ lost }: Wait): void {
    if (lost) {
      this.#countLoss(1);
    }
  }

  holdBegan(task: Task, resource: Resource, mode: number): void {
    if (this.#isTold(resource)) {
      this.#tellHold(task, resource, mode, this.nowNs);
    }
  }

  /** @param isHandedOver the next one has it at the same moment */
  holdEnded(task: Task, resource: Resource, mode: number, isHandedOver: boolean): void {
    if (!this.#isTold(resource)) {
      return;
    }
    if (isHandedOver && this.lossesDue > 0 && !task.planted) {
      // Nothing is unclear without it: the next one is seen taking what nobody can have beside it.
      this.lossesDue--;
      this.#countLoss(1);
    } else {
      const stack = this.#stacks.of('free', resource.kind, mode, task.path);
      this.#add(EventCode.holdEnd, this.nowNs, task.tid, resource, mode, stack);
    }
    this.#forgetIfIdle(resource);
  }

  ioBegan(resource: Resource, task: Task): void {
    if (this.#isTold(resource)) {
      this.#add(EventCode.ioBegin, this.nowNs, task.tid, resource, NONE, NONE);
    }
  }

  ioEnded(resource: Resource): void {
    if (this.#isTold(resource)) {
      this.#add(EventCode.ioEnd, this.nowNs, NO_TID, resource, NONE, NONE);
    }
  }

  /** Its waiters, if there were any, are awake. */
  ioOver(resource: Resource): void {
    this.#forgetIfIdle(resource);
  }

  allocBegan(task: Task, alloc: Allocation): void {
    if (this.#lateNs === 0) {
      this.#tellAlloc(task, alloc);
    }
  }

  allocEnded(task: Task, { fn, told }: Allocation): void {
    if (told) {
      this.#addAlloc(EventCode.allocEnd, this.nowNs, task.tid, NONE, fn);
    }
  }

  #tell(wait: Wait): void {
    const { task, resource, mode } = wait;
    if (
      this.lossesDue > 0 &&
      !task.planted &&
      (resource.kind === 'mutex' || resource.kind === 'folio_lock')
    ) {
      this.lossesDue--;
      wait.lost = true;
      return;
    }
    this.#tellResource(resource);
    if (task.alloc !== undefined && !task.alloc.told) {
      this.#tellAlloc(task, task.alloc);
    }
    wait.told = true;
    this.openWaits++;
    const stack = this.#stacks.of('wait', resource.kind, mode, task.path);
    const holder = findNamedHolder(resource);
    const evidence = holder === undefined ? NONE : evidenceOf(resource);
    this.#add(EventCode.waitBegin, wait.sinceNs, task.tid, resource, mode, stack, holder?.tid, evidence);
  }

  /** Since when who has had it, unless that is known. */
  #tellResource(resource: Resource): void {
    if (this.#lateNs === 0 || resource.told) {
      return;
    }
    resource.told = true;
    if (resource.withDevice) {
      this.#add(EventCode.ioBegin, resource.sinceNs, NO_TID, resource, NONE, NONE);
    } else if (resource.holder !== undefined) {
      const mode = resource.kind === 'rwsem' ? WRITE : NONE;
      this.#tellHold(resource.holder, resource, mode, resource.sinceNs);
    }
    for (const [reader, sinceNs] of resource.readers ?? []) {
      this.#tellHold(reader, resource, READ, sinceNs);
    }
  }

  #tellHold(task: Task, resource: Resource, mode: number, tsNs: number): void {
    const stack = this.#stacks.of(resource.isTried ? 'try' : 'take', resource.kind, mode, task.path);
    this.#add(EventCode.holdBegin, tsNs, task.tid, resource, mode, stack);
  }

  #tellAlloc(task: Task, alloc: Allocation): void {
    const { fn, gfp, sizeBytes, sinceNs } = alloc;
    alloc.told = true;
    const stack = this.#stacks.ofAlloc(fn, task.path);
    this.#addAlloc(EventCode.allocBegin, sinceNs, task.tid, stack, fn, gfp, sizeBytes);
  }

  #isTold(resource: Resource): boolean {
    return this.#lateNs === 0 || resource.told;
  }

  /** What happens next to what nobody has or wants is of no interest to a tracer with a threshold. */
  #forgetIfIdle(resource: Resource): void {
    if (resource.isFree && resource.first === undefined) {
      resource.told = false;
    }
  }

  #indexOf(resource: Resource): number {
    if (resource.index === NONE) {
      const { resources } = this.builder;
      resource.index = resources.intern(resource.kind, resource.id);
      if (resource.label !== undefined) {
        resources.setLabel(resource.index, resource.label);
      }
    }
    return resource.index;
  }

  /** Rows of one form, whatever the event: the builder takes several forms at half the speed. */
  #add(
    type: number,
    tsNs: number,
    tid: number,
    about: Resource,
    mode: number,
    stack: number,
    holderTid = NO_TID,
    evidence = NONE,
  ): void {
    this.eventCount++;
    const resource = this.#indexOf(about);
    const [fn, sizeBytes, gfp] = [NONE, NONE, NONE];
    this.builder.addEvent({
      type,
      tsNs,
      tid,
      resource,
      stack,
      holderTid,
      evidence,
      mode,
      fn,
      sizeBytes,
      gfp,
    });
  }

  #addAlloc(
    type: number,
    tsNs: number,
    tid: number,
    stack: number,
    fn: number,
    gfp = NONE,
    sizeBytes = NONE,
  ): void {
    this.eventCount++;
    const [resource, holderTid, evidence, mode] = [NONE, NO_TID, NONE, NONE];
    this.builder.addEvent({
      type,
      tsNs,
      tid,
      resource,
      stack,
      holderTid,
      evidence,
      mode,
      fn,
      sizeBytes,
      gfp,
    });
  }

  #addToTotal(kind: Kind, ns: number): void {
    let total = this.totals.get(kind);
    if (total === undefined) {
      total = { count: 0, totalNs: 0 };
      this.totals.set(kind, total);
    }
    total.count++;
    total.totalNs += ns;
  }

  #countLoss(count: number): void {
    this.lostCount += count;
    this.builder.addLoss({ tsNs: this.nowNs, count, reason: 'lost_events' });
  }
}

/** Whom a tracer reads from the lock or has in its maps when it records a wait. */
function findNamedHolder({ kind, holder, withDevice, readers, lastReader }: Resource): Task | undefined {
  if (withDevice || kind === 'spinlock') {
    return undefined;
  }
  if (holder !== undefined) {
    return holder.dead ? undefined : holder;
  }
  return readers !== undefined && readers.size > 0 ? lastReader : undefined;
}

/** How the named holder is known: of readers the lock names the last one to come, who may have left. */
function evidenceOf({ kind, holder }: Resource): number {
  if (holder === undefined) {
    return UNKNOWN;
  }
  return kind === 'mutex' || kind === 'rwsem' ? OWNER_FIELD : TRACED;
}
