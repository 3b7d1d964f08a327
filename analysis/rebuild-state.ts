import { EventCode, type EventColumns, NONE, type ResourceTable, type Trace } from '../src/trace/index.ts';
import { AllocTracker } from './alloc-tracker.ts';
import { HoldTracker } from './hold-tracker.ts';
import { IoTargets, IoTracker } from './io-tracker.ts';
import { findTaskStarts, TaskLives, type TaskStart } from './task-starts.ts';
import { WaitTracker } from './wait-tracker.ts';

/** What every tracker knows at the end of the capture. */
export interface RebuiltState {
  readonly resources: ResourceTable;
  readonly waits: WaitTracker;
  readonly holds: HoldTracker;
  readonly allocs: AllocTracker;
  readonly io: IoTracker;
  readonly lives: TaskLives;
}

/** Plays a capture through the trackers, once, in time order. Time O(events), memory O(waits + resources). */
export function rebuildState(trace: Trace): RebuiltState {
  const { events, resources, tasks } = trace;
  const state: RebuiltState = {
    resources,
    waits: new WaitTracker(countType(events, EventCode.waitBegin), trace),
    holds: new HoldTracker(resources.size),
    allocs: new AllocTracker(),
    io: new IoTracker(),
    lives: new TaskLives(),
  };
  const targets = new IoTargets(resources);
  const starts = findTaskStarts(tasks);
  let started = 0;
  for (let i = 0; i < events.length; i++) {
    while (started < starts.length && starts[started]!.afterNs < events.tsNs[i]!) {
      startTask(state, starts[started++]!, i);
    }
    playEvent(state, events, i, targets);
  }
  for (; started < starts.length; started++) {
    startTask(state, starts[started]!, events.length);
  }
  return state;
}

function countType(events: EventColumns, type: number): number {
  let count = 0;
  for (let i = 0; i < events.length; i++) {
    count += events.type[i] === type ? 1 : 0;
  }
  return count;
}

function startTask(state: RebuiltState, { tid, afterNs }: TaskStart, at: number): void {
  state.waits.dropTask(tid, afterNs);
  state.allocs.dropTask(tid);
  state.lives.start(tid, at);
}

function playEvent(state: RebuiltState, events: EventColumns, i: number, targets: IoTargets): void {
  switch (events.type[i]) {
    case EventCode.allocBegin:
      state.allocs.begin(events, i);
      break;
    case EventCode.allocEnd:
      state.allocs.end(events.tid[i]!, events.fn[i]!);
      break;
    default:
      if (events.resource[i] !== NONE) {
        playResourceEvent(state, events, i, targets);
      }
  }
}

function playResourceEvent(state: RebuiltState, events: EventColumns, i: number, targets: IoTargets): void {
  switch (events.type[i]) {
    case EventCode.waitBegin:
      state.waits.begin(events, i);
      break;
    case EventCode.waitEnd:
      endWait(state, events, i);
      break;
    case EventCode.holdBegin:
      beginHold(state, events, i);
      break;
    case EventCode.holdEnd:
      endHold(state, events, i);
      break;
    case EventCode.ioBegin:
      beginIo(state, targets.of(events.resource[i]!), i);
      break;
    case EventCode.ioEnd:
      endIo(state, targets.of(events.resource[i]!), i);
      break;
  }
}

function endWait({ waits, holds }: RebuiltState, events: EventColumns, i: number): void {
  const resource = events.resource[i]!;
  waits.end(events.tid[i]!, resource, events.tsNs[i]!, holds.lastRelease(resource));
}

function beginHold({ waits, holds, io }: RebuiltState, events: EventColumns, i: number): void {
  const resource = events.resource[i]!;
  // Who has the resource waits for it no longer, even if the end of the wait was lost or comes an instant later.
  waits.end(events.tid[i]!, resource, events.tsNs[i]!, holds.lastRelease(resource));
  io.end(resource);
  holds.begin(events, i);
}

function endHold({ holds, io }: RebuiltState, events: EventColumns, i: number): void {
  io.end(events.resource[i]!);
  holds.end(events, i);
}

function beginIo({ holds, io }: RebuiltState, resources: readonly number[], at: number): void {
  for (const resource of resources) {
    holds.clear(resource, at);
    io.begin(resource);
  }
}

function endIo({ holds, io }: RebuiltState, resources: readonly number[], at: number): void {
  for (const resource of resources) {
    holds.clear(resource, at);
    io.end(resource);
  }
}
