import { DEVICE_POSITION, SPAN_ENDS, type Timeline } from '../../../../../analysis/timeline/timeline.ts';

/** What a wait is drawn as: for a lock, page or task; for a device; stuck behind a cycle; part of one. */
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
export function chooseWaitLooks({ lanes, resources, waits }: Timeline): Uint8Array {
  const openWait = findOpenWaits(waits);
  const looks = new Uint8Array(waits.lane.length);
  for (let row = 0; row < looks.length; row++) {
    const isDevice =
      waits.blocker[row] === DEVICE_POSITION || DEVICE_KINDS.has(resources[waits.resource[row]!]!.kind);
    looks[row] = isDevice ? IO : LOCK;
    if (waits.end[row] === OPEN && lanes[waits.lane[row]!]!.interest === 'cycle') {
      looks[row] = CYCLE;
    }
  }
  markBehind(openWait, waits.blocker, looks);
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

/** An open wait whose blockers lead to a cycle is behind it, and so is every wait on the way. Each is looked at once. */
function markBehind(
  openWait: ReadonlyMap<number, number>,
  blocker: readonly number[],
  looks: Uint8Array,
): void {
  const settled = new Set<number>();
  for (const start of openWait.values()) {
    const path: number[] = [];
    let row: number | undefined = start;
    while (row !== undefined && looks[row] !== CYCLE && !settled.has(row)) {
      settled.add(row);
      path.push(row);
      row = openWait.get(blocker[row]!);
    }
    if (row !== undefined && (looks[row] === CYCLE || looks[row] === BEHIND)) {
      for (const one of path) {
        looks[one] = BEHIND;
      }
    }
  }
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
