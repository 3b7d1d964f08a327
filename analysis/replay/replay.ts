import { EventCode, type EventColumns, NONE, type TraceTables } from '../../src/trace/index.ts';
import { AllocTracker } from './alloc-tracker.ts';
import { HoldTracker } from './hold-tracker.ts';
import { IoTargets, IoTracker } from './io-tracker.ts';
import { Observers, type ReplayObserver } from './observer.ts';
import { TaskLives, TaskStarts } from './task-starts.ts';
import { WaitTracker } from './wait-tracker.ts';

/** What every tracker knows after the events played so far: what is open, and nothing else. */
export interface ReplayState {
  readonly tables: TraceTables;
  readonly waits: WaitTracker;
  readonly holds: HoldTracker;
  readonly allocs: AllocTracker;
  readonly io: IoTracker;
  readonly lives: TaskLives;
}

/**
 * Plays events through the trackers, once, in the order they are given. Time O(events), memory O(what is open + tasks and
 * resources of the tables). Names may come into the tables between two calls.
 */
export class Replay {
  readonly state: ReplayState;
  readonly #observers = new Observers();
  readonly #targets: IoTargets;
  readonly #starts = new TaskStarts();
  #tasksTaken = 0;
  #played = 0;

  constructor(tables: TraceTables) {
    const observers = this.#observers;
    const { resources } = tables;
    this.state = {
      tables,
      waits: new WaitTracker(tables, observers),
      holds: new HoldTracker(observers),
      allocs: new AllocTracker(observers),
      io: new IoTracker(),
      lives: new TaskLives(),
    };
    this.#targets = new IoTargets(resources);
    observers.add({ waitEnded: (row) => this.#forgetIfFree(this.state.waits.table.resource[row]!, 1) });
  }

  observe(observer: ReplayObserver): void {
    this.#observers.add(observer);
  }

  /** Events so far. */
  get played(): number {
    return this.#played;
  }

  /** A tid turned out to be another task's after events of that time had been played. */
  get missedTaskStart(): boolean {
    return this.#starts.missed;
  }

  /** Plays a batch; the order of time is the caller's concern. */
  play(events: EventColumns): void {
    this.#takeTables();
    for (let i = 0; i < events.length; i++) {
      if (this.#starts.isDue(events.tsNs[i]!)) {
        this.#startTasks(events.tsNs[i]!);
      }
      this.#playEvent(events, i);
      this.#played++;
    }
  }

  /** Takes what the tables say of the time after the last event, too; at most of that before `untilNs`. */
  settle(untilNs = Number.POSITIVE_INFINITY): void {
    this.#takeTables();
    this.#startTasks(untilNs);
  }

  #takeTables(): void {
    const { tasks } = this.state.tables;
    if (tasks.size > this.#tasksTaken) {
      this.#starts.add(tasks.rows().slice(this.#tasksTaken));
      this.#tasksTaken = tasks.size;
    }
    for (const resource of this.#targets.takeLate(this.state.io)) {
      this.state.io.begin(resource);
    }
  }

  #startTasks(beforeNs: number): void {
    const { waits, allocs, lives } = this.state;
    for (const { tid, afterNs } of this.#starts.take(beforeNs)) {
      waits.dropTask(tid, afterNs);
      allocs.dropTask(tid);
      lives.start(tid, this.#played);
      this.#observers.taskStarted(tid, afterNs);
    }
  }

  #playEvent(events: EventColumns, i: number): void {
    const resource = events.resource[i]!;
    switch (events.type[i]) {
      case EventCode.allocBegin:
        this.state.allocs.begin(events, i);
        break;
      case EventCode.allocEnd:
        this.state.allocs.end(events.tid[i]!, events.fn[i]!, events.tsNs[i]!);
        break;
      default:
        if (resource !== NONE) {
          this.#playResourceEvent(events, i, resource);
        }
    }
  }

  #playResourceEvent(events: EventColumns, i: number, resource: number): void {
    switch (events.type[i]) {
      case EventCode.waitBegin:
        this.state.waits.begin(events, i, this.#played);
        break;
      case EventCode.waitEnd:
        this.#endWait(events, i, resource);
        break;
      case EventCode.holdBegin:
        this.#beginHold(events, i, resource);
        break;
      case EventCode.holdEnd:
        this.#endHold(events, i, resource);
        break;
      case EventCode.ioBegin:
        this.#beginIo(resource, events.tsNs[i]!);
        return;
      case EventCode.ioEnd:
        this.#endIo(resource, events.tsNs[i]!);
        return;
    }
    this.#observers.resourceSettled(resource, events.tsNs[i]!, events.type[i]!);
  }

  #endWait(events: EventColumns, i: number, resource: number): void {
    const { waits, holds } = this.state;
    waits.end(events.tid[i]!, resource, events.tsNs[i]!, holds.lastRelease(resource));
  }

  #beginHold(events: EventColumns, i: number, resource: number): void {
    // Who has the resource waits for it no longer, even if the end of the wait was lost or comes an instant later.
    this.#endWait(events, i, resource);
    this.#landIo(resource, events.tsNs[i]!);
    this.state.holds.begin(events, i, this.#played);
  }

  #endHold(events: EventColumns, i: number, resource: number): void {
    this.#landIo(resource, events.tsNs[i]!);
    this.state.holds.end(events, i, this.#played);
    this.#forgetIfFree(resource, 0);
  }

  #beginIo(resource: number, tsNs: number): void {
    const { holds, io } = this.state;
    for (const target of this.#targets.of(resource)) {
      holds.clear(target, this.#played, tsNs);
      if (io.begin(target)) {
        this.#observers.ioBegan(target, tsNs);
      }
      this.#forgetIfFree(target, 0);
      this.#observers.resourceSettled(target, tsNs, EventCode.ioBegin);
    }
  }

  #endIo(resource: number, tsNs: number): void {
    for (const target of this.#targets.of(resource)) {
      this.state.holds.clear(target, this.#played, tsNs);
      this.#landIo(target, tsNs);
      this.#forgetIfFree(target, 0);
      this.#observers.resourceSettled(target, tsNs, EventCode.ioEnd);
    }
  }

  #landIo(resource: number, tsNs: number): void {
    if (this.state.io.end(resource)) {
      this.#observers.ioEnded(resource, tsNs);
    }
  }

  /** @param ending how many of its waits are about to end */
  #forgetIfFree(resource: number, ending: number): void {
    const { waits, holds } = this.state;
    if (waits.countWaiters(resource) <= ending) {
      holds.forgetIfFree(resource);
    }
  }
}
