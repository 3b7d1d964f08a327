import type { BlockerSet, Timeline } from '../../analysis/timeline/timeline.ts';
import { formatCount } from './format.ts';
import { nameNamed } from './wording.ts';

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

/** `a:1, b:2 and c:3`, or with how many there are more. */
export function nameSet({ lanes }: Timeline, set: BlockerSet): string {
  const names = set.lanes.slice(0, MOST_NAMED).map((lane) => nameNamed(lanes[lane]!));
  const more = set.lanes.length + set.more - names.length;
  return more > 0
    ? `${names.join(', ')} and ${formatCount(more)} more`
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
