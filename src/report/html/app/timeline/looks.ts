import { DEVICE_POSITION, SPAN_ENDS, type Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { blockersOf } from '../../../wait-blockers.ts';

/**
 * What a wait is drawn as: for a lock, page or task; for a device; stuck behind a cycle; part of one. Nearer to a cycle comes
 * later.
 */
export const WAIT_LOOKS = ['lock', 'io', 'behind', 'cycle'] as const;
export type WaitLook = (typeof WAIT_LOOKS)[number];

/** What a hold is drawn as; `wanted`: what keeps a cycle closed. */
export const HOLD_LOOKS = ['held', 'wanted'] as const;
export type HoldLook = (typeof HOLD_LOOKS)[number];

const OPEN = SPAN_ENDS.indexOf('open');
const LOCK = WAIT_LOOKS.indexOf('lock');
const IO = WAIT_LOOKS.indexOf('io');
const BEHIND = WAIT_LOOKS.indexOf('behind');
const CYCLE = WAIT_LOOKS.indexOf('cycle');
const WANTED = HOLD_LOOKS.indexOf('wanted');

/** Kinds that a device brings to an end. */
const DEVICE_KINDS: ReadonlySet<string> = new Set(['io', 'folio_writeback']);

/** Look of each wait, by row. */
export function chooseWaitLooks(timeline: Timeline): Uint8Array {
  const { lanes, resources, waits } = timeline;
  const looks = new Uint8Array(waits.lane.length);
  for (let row = 0; row < looks.length; row++) {
    const isDevice =
      waits.blocker[row] === DEVICE_POSITION || DEVICE_KINDS.has(resources[waits.resource[row]!]!.kind);
    looks[row] = isDevice ? IO : LOCK;
    if (waits.end[row] === OPEN && lanes[waits.lane[row]!]!.interest === 'cycle') {
      looks[row] = CYCLE;
    }
  }
  markBehind(timeline, looks);
  return looks;
}

/** Lane → its open wait; the last to begin, where there are several. */
function findOpenWaits(waits: Timeline['waits']): Map<number, number> {
  const open = new Map<number, number>();
  waits.lane.forEach((lane, row) => {
    if (waits.end[row] === OPEN) {
      open.set(lane, row);
    }
  });
  return open;
}

/** An open wait is behind a cycle if one of those it is for is in it, or behind it. Each is looked at once. */
function markBehind(timeline: Timeline, looks: Uint8Array): void {
  const { waits } = timeline;
  const openRows = [...findOpenWaits(waits).values()];
  const waitersFor = groupByBlocker(timeline, openRows);
  const reached = openRows.filter((row) => looks[row] === CYCLE);
  for (let row = reached.pop(); row !== undefined; row = reached.pop()) {
    for (const waiter of waitersFor.get(waits.lane[row]!) ?? []) {
      if (looks[waiter] !== CYCLE && looks[waiter] !== BEHIND) {
        looks[waiter] = BEHIND;
        reached.push(waiter);
      }
    }
  }
}

function groupByBlocker(timeline: Timeline, rows: readonly number[]): Map<number, number[]> {
  const byLane = new Map<number, number[]>();
  for (const row of rows) {
    for (const lane of blockersOf(timeline, row)) {
      const waiters = byLane.get(lane);
      waiters === undefined ? byLane.set(lane, [row]) : waiters.push(row);
    }
  }
  return byLane;
}

/** Look of each hold, by row. */
export function chooseHoldLooks({ lanes, waits, holds }: Timeline, waitLooks: Uint8Array): Uint8Array {
  const wanted = new Set(waits.resource.filter((_, row) => waitLooks[row] === CYCLE));
  const looks = new Uint8Array(holds.lane.length);
  for (let row = 0; row < looks.length; row++) {
    const keepsClosed =
      holds.end[row] === OPEN &&
      lanes[holds.lane[row]!]!.interest === 'cycle' &&
      wanted.has(holds.resource[row]!);
    looks[row] = keepsClosed ? WANTED : 0;
  }
  return looks;
}
