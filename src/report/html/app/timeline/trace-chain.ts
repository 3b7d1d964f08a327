import { DEVICE_POSITION } from '../../../../../analysis/timeline/timeline.ts';
import { blockersOf } from '../../../wait-blockers.ts';
import type { TimelineItem } from './item.ts';
import { WAIT_LOOKS } from './looks.ts';
import type { TimelineModel } from './model.ts';
import { visitLane } from './span-table.ts';

const CYCLE = WAIT_LOOKS.indexOf('cycle');

/** One step waiter → blocker of the chain that a wait was part of. */
export interface ChainStep {
  readonly waitRow: number;
  readonly lane: number;
  /** With whom the chain goes on. */
  readonly blocker: ChainBlocker;
  /** Who has to let go as well. */
  readonly others: readonly BlockingTask[];
}

export type ChainBlocker =
  | ({ readonly type: 'task' } & BlockingTask)
  | { readonly type: 'device' }
  | { readonly type: 'unknown' };

export interface BlockingTask {
  readonly lane: number;
  /** What it held that was waited for, where that was seen. */
  readonly holdRow: number | undefined;
}

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

/**
 * Follows a wait's blocker, what that one waited for at the same moment, and so on until one did not wait, or a circle. Of
 * several blockers one that leads into a cycle, else one that waits itself.
 */
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
  const { timeline } = model;
  const { lane: lanes, resource, blocker } = timeline.waits;
  const lane = lanes[waitRow]!;
  const tasks = blockersOf(timeline, waitRow).map((one) => ({
    lane: one,
    holdRow: findHoldAt(model, one, resource[waitRow]!, atNs),
  }));
  const [first, ...others] = tasks.sort((a, b) => rankOf(model, b.lane, atNs) - rankOf(model, a.lane, atNs));
  if (first === undefined) {
    const type = blocker[waitRow] === DEVICE_POSITION ? 'device' : 'unknown';
    return { waitRow, lane, blocker: { type }, others };
  }
  return { waitRow, lane, blocker: { type: 'task', ...first }, others };
}

/** The later in WAIT_LOOKS, the nearer to a cycle; -1: does not wait. */
function rankOf(model: TimelineModel, lane: number, atNs: number): number {
  const { waits } = model;
  const row = findWaitAt(model, lane, atNs);
  return row === undefined ? -1 : waits.look[waits.positions[row]!]!;
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
