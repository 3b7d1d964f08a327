import type { Edge, TaskSummary } from '../../../../../analysis/result.ts';
import { DEVICE_POSITION, type Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { EVIDENCES, MODES } from '../../../../trace/words.ts';
import { findSet, nameSet } from '../../../wait-blockers.ts';
import { nameBlocker, nameHolders } from '../../../wording.ts';

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

/** Whom a wait of the timeline was for. */
export function nameSpanBlocker(timeline: Timeline, row: number): string {
  const { waits, lanes } = timeline;
  const several = findSet(timeline, row);
  if (several !== undefined) {
    return nameHolders(edgeOfWait(timeline, row), nameSet(timeline, several));
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
