import { DEVICE_POSITION, UNKNOWN_POSITION } from '../../../../../analysis/timeline/timeline.ts';
import type { TimelineItem } from './item.ts';
import { WAIT_LOOKS } from './looks.ts';
import type { TimelineModel } from './model.ts';
import { visitLane } from './span-table.ts';

const CYCLE = WAIT_LOOKS.indexOf('cycle');

/** One step waiter → blocker of the chain that a wait was part of. */
export interface ChainStep {
  readonly waitRow: number;
  readonly lane: number;
  readonly blocker: ChainBlocker;
}

export type ChainBlocker =
  /** `holdRow`: what it held that was waited for, where that was seen. */
  | { readonly type: 'task'; readonly lane: number; readonly holdRow: number | undefined }
  | { readonly type: 'device' }
  | { readonly type: 'unknown' };

export interface TracedChain {
  /** The moment it is shown of. */
  readonly atNs: number;
  /** Around it, the time in which all of its waits went on. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly steps: readonly ChainStep[];
}

/** The chain of a selected wait; of a cycle, that of the wait that closed it, which leads around. */
export function traceSelected(
  model: TimelineModel,
  selected: TimelineItem | undefined,
): TracedChain | undefined {
  switch (selected?.type) {
    case 'wait':
      return traceChain(model, selected.row);
    case 'cycle': {
      const row = findClosingWait(model, selected.cycle);
      return row === undefined ? undefined : traceChain(model, row);
    }
    default:
      return undefined;
  }
}

/** The wait whose begin closed a cycle; undefined where it is not on the timeline, or where several began at that moment. */
function findClosingWait({ waits, closedNs }: TimelineModel, cycle: number): number | undefined {
  const rows: number[] = [];
  waits.beginNs.forEach((ns, position) => {
    if (ns === closedNs[cycle] && waits.look[position] === CYCLE) {
      rows.push(waits.rows[position]!);
    }
  });
  return rows.length === 1 ? rows[0] : undefined;
}

/** Follows a wait's blocker, what that one waited for at the same moment, and so on until one did not wait, or a circle. */
function traceChain(model: TimelineModel, waitRow: number): TracedChain {
  const atNs = chooseMoment(model, waitRow);
  const steps: ChainStep[] = [];
  const seen = new Set<number>();
  for (let row: number | undefined = waitRow; row !== undefined && !seen.has(row); ) {
    seen.add(row);
    const step = describeStep(model, row, atNs);
    steps.push(step);
    row = step.blocker.type === 'task' ? findWaitAt(model, step.blocker.lane, atNs) : undefined;
  }
  return { atNs, ...intersect(model, steps), steps };
}

function intersect({ waits }: TimelineModel, steps: readonly ChainStep[]): { fromNs: number; toNs: number } {
  let fromNs = 0;
  let toNs = Number.POSITIVE_INFINITY;
  for (const { waitRow } of steps) {
    const position = waits.positions[waitRow]!;
    fromNs = Math.max(fromNs, waits.beginNs[position]!);
    toNs = Math.min(toNs, waits.endNs[position]!);
  }
  return { fromNs, toNs };
}

/** The end of the capture for an open wait; else the middle of what its blocker waited longest for meanwhile. */
function chooseMoment(model: TimelineModel, waitRow: number): number {
  const { waits, timeline } = model;
  const position = waits.positions[waitRow]!;
  const beginNs = waits.beginNs[position]!;
  const endNs = waits.endNs[position]!;
  if (waits.open[position] === 1) {
    return endNs;
  }
  let range = { fromNs: beginNs, toNs: endNs, lengthNs: 0 };
  const blocker = timeline.waits.blocker[waitRow]!;
  if (blocker >= 0) {
    visitLane(waits, blocker, beginNs, endNs, (other) => {
      const fromNs = Math.max(beginNs, waits.beginNs[other]!);
      const toNs = Math.min(endNs, waits.endNs[other]!);
      if (toNs - fromNs > range.lengthNs) {
        range = { fromNs, toNs, lengthNs: toNs - fromNs };
      }
    });
  }
  return (range.fromNs + range.toNs) / 2;
}

function describeStep(model: TimelineModel, waitRow: number, atNs: number): ChainStep {
  const { waits } = model.timeline;
  const lane = waits.lane[waitRow]!;
  const blocker = waits.blocker[waitRow]!;
  switch (blocker) {
    case DEVICE_POSITION:
      return { waitRow, lane, blocker: { type: 'device' } };
    case UNKNOWN_POSITION:
      return { waitRow, lane, blocker: { type: 'unknown' } };
    default: {
      const holdRow = findHoldAt(model, blocker, waits.resource[waitRow]!, atNs);
      return { waitRow, lane, blocker: { type: 'task', lane: blocker, holdRow } };
    }
  }
}

/** What the lane waited for at a moment; where an interrupt waits on top of a wait, what began last. */
function findWaitAt({ waits }: TimelineModel, lane: number, atNs: number): number | undefined {
  let found: number | undefined;
  let latestNs = -1;
  visitLane(waits, lane, atNs, atNs, (position) => {
    if (waits.beginNs[position]! >= latestNs) {
      latestNs = waits.beginNs[position]!;
      found = waits.rows[position]!;
    }
  });
  return found;
}

function findHoldAt(
  { holds, timeline }: TimelineModel,
  lane: number,
  resource: number,
  atNs: number,
): number | undefined {
  let found: number | undefined;
  visitLane(holds, lane, atNs, atNs, (position) => {
    if (timeline.holds.resource[holds.rows[position]!] === resource) {
      found = holds.rows[position]!;
    }
  });
  return found;
}
