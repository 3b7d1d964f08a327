import type { Timeline, TimelineLane } from '../../../analysis/timeline/timeline.ts';
import { nameNamed } from '../wording.ts';
import type { TraceEvent } from './render-chrome-trace.ts';
import type { Track } from './tracks.ts';

/** The process of a task, where it is known. */
export type PidOf = (lane: TimelineLane) => number | undefined;

/** What the format knows a track by. */
export interface TrackNumbers {
  readonly pid: number;
  readonly tid: number;
}

/** Above every number that Linux gives a task (PID_MAX_LIMIT is 2^22): for tracks beside a task's first, and for tasks of a log. */
export const FIRST_MADE_UP = 2 ** 23;

/** A task's first track has its tid, unless another task had it before: a pair of numbers means one track. */
export function numberTracks(
  tracks: readonly Track[],
  { lanes }: Timeline,
  pidOf: PidOf,
): readonly TrackNumbers[] {
  const taken = new Set<number>();
  const pids: number[] = [];
  let madeUp = FIRST_MADE_UP;
  return tracks.map(({ lane, type, level }) => {
    const task = lanes[lane]!;
    const isOwn = type === 'waits' && level === 0 && task.tid > 0 && !taken.has(task.tid);
    const tid = isOwn ? task.tid : madeUp++;
    taken.add(tid);
    pids[lane] ??= pidOf(task) ?? tid;
    return { pid: pids[lane], tid };
  });
}

/** Names and order of tracks and processes. */
export function* trackNames(
  tracks: readonly Track[],
  { lanes }: Timeline,
  numbers: readonly TrackNumbers[],
): Generator<TraceEvent> {
  const processes = new Set<number>();
  // From behind: of the lanes that had one tid, the first.
  const leaders = new Map(lanes.toReversed().map((lane) => [lane.tid, lane]));
  for (const [i, { lane, type, level }] of tracks.entries()) {
    const { pid, tid } = numbers[i]!;
    const task = nameNamed(lanes[lane]!);
    if (!processes.has(pid)) {
      processes.add(pid);
      const leader = pid < FIRST_MADE_UP ? leaders.get(pid) : lanes[lane];
      const name = leader === undefined ? `process of ${task}` : nameNamed(leader);
      yield { ph: 'M', name: 'process_name', pid, tid, args: { name } };
      yield { ph: 'M', name: 'process_sort_index', pid, tid, args: { sort_index: processes.size } };
    }
    const name =
      type === 'waits' && level === 0 ? task : `${task} ${type}${level === 0 ? '' : ` ${level + 1}`}`;
    yield { ph: 'M', name: 'thread_name', pid, tid, args: { name } };
    yield { ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: i } };
  }
}
