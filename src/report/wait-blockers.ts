import type { BlockerSet, Timeline } from '../../analysis/timeline/timeline.ts';
import { nameNamed, nameSome } from './wording.ts';

/** The lanes whose tasks a wait is for; none: a device's, or nobody is known. */
export function blockersOf({ waits, blockerSets }: Timeline, row: number): readonly number[] {
  const blocker = waits.blocker[row]!;
  return findSet({ waits, blockerSets }, row)?.lanes ?? (blocker < 0 ? [] : [blocker]);
}

/** Blockers of a wait, if they are several. */
export function findSet(
  { waits, blockerSets }: Pick<Timeline, 'waits' | 'blockerSets'>,
  row: number,
): BlockerSet | undefined {
  return blockerSets[waits.blockers[row]!];
}

const MOST_NAMED = 8;

/** `a:1, b:2 and 5 others`. */
export function nameSet({ lanes }: Timeline, set: BlockerSet): string {
  return nameSome(set.lanes, (lane) => nameNamed(lanes[lane]!), MOST_NAMED, set.lanes.length + set.more);
}
