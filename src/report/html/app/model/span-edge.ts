import type { Edge, TaskSummary } from '../../../../../analysis/result.ts';
import {
  type BlockerSet,
  DEVICE_POSITION,
  type Timeline,
} from '../../../../../analysis/timeline/timeline.ts';
import { EVIDENCES, MODES } from '../../../../trace/words.ts';
import { formatCount } from '../../../format.ts';
import { nameBlocker, nameHolders, nameNamed } from '../../../wording.ts';

/** A wait of the timeline in the terms of an analysis, for which there are words. */
export function edgeOfWait(timeline: Timeline, row: number): Edge {
  const { waits, lanes, resources } = timeline;
  const blocker = waits.blocker[row]!;
  const mode = MODES[waits.mode[row]!];
  return {
    waiter: lanes[waits.lane[row]!]!.tid,
    resource: resources[waits.resource[row]!]!,
    blocker: lanes[blocker]?.tid ?? null,
    evidence: EVIDENCES[waits.evidence[row]!] ?? 'unknown',
    hard: waits.hard[row] === 1,
    sinceNs: waits.beginNs[row]!,
    waitNs: waits.durationNs[row]!,
    stack: framesOf(timeline, waits.stack[row]!),
    ...(blocker === DEVICE_POSITION && { io: true }),
    ...(mode !== undefined && { mode }),
  };
}

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

/** Whom a wait of the timeline was for. */
export function nameSpanBlocker(timeline: Timeline, row: number): string {
  const { waits, lanes } = timeline;
  const several = findSet(timeline, row);
  if (several !== undefined) {
    const names = several.lanes.slice(0, MOST_NAMED).map((lane) => nameNamed(lanes[lane]!));
    const more = several.lanes.length + several.more - names.length;
    return nameHolders(
      edgeOfWait(timeline, row),
      more > 0
        ? `${names.join(', ')} and ${formatCount(more)} more`
        : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
    );
  }
  const lane = lanes[waits.blocker[row]!];
  // By its lane: two tasks may have had the same tid, one after the other.
  const tasks: Record<string, TaskSummary> =
    lane === undefined ? {} : { [lane.tid]: { name: lane.name, holds: [] } };
  return nameBlocker(edgeOfWait(timeline, row), tasks);
}

/** Frames of a stack of the timeline, innermost first; none where none is known. */
export function framesOf({ stacks, frames }: Timeline, stack: number): readonly string[] {
  return stacks[stack]?.map((frame) => frames[frame]!) ?? [];
}
