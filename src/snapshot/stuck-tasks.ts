import type { Pass } from './snapshot.ts';
import { findSnapshotWait } from './stack-wait.ts';
import { hasNotRun, isSamePlace, parseTask, type TaskState } from './task-texts.ts';

/** Blocked tasks of two looks, by what became of them. */
export interface StuckTasks {
  /** Blocked both times in the same place, and not run in between. */
  readonly stuck: readonly TaskState[];
  /** Blocked the first time, and run since, wherever they are now. */
  readonly moved: readonly TaskState[];
  /** On a CPU both times, and never off it in between. */
  readonly spinning: readonly TaskState[];
}

/** A signal can end these waits, and yet a task that nobody signals can be in them for ever. */
const LASTING = new Set(['fuse_request', 'file_lock', 'mutex', 'rwsem', 'percpu_rwsem', 'rpc']);
const NETWORK_WAIT = /^(rpc_wait|nfs|nlm|cifs|smb|ceph|afs|v9fs|p9_|wait_for_response)/;

/** Compares two looks at one machine. */
export function findStuck(first: Pass, second: Pass): StuckTasks {
  const later = new Map(second.tasks.map((task) => [task.tid, parseTask(task, second.texts)]));
  const stuck: TaskState[] = [];
  const moved: TaskState[] = [];
  const spinning: TaskState[] = [];
  for (const task of first.tasks) {
    const before = parseTask(task, first.texts);
    const after = later.get(task.tid);
    if (before === undefined) {
      continue;
    }
    if (isBlocked(before)) {
      (after !== undefined && standsStill(before, after) ? stuck : moved).push(after ?? before);
    } else if (after !== undefined && isSpinning(before, after)) {
      spinning.push(after);
    }
  }
  return { stuck, moved, spinning };
}

/** The writer of a percpu_rwsem is woken by every reader that comes or goes, looks, and sleeps on. */
const WOKEN_IN_VAIN = /^(percpu_down_write|freeze_super|sb_wait_write)$/;

function standsStill(before: TaskState, after: TaskState): boolean {
  return isSamePlace(before, after) && (hasNotRun(before, after) || WOKEN_IN_VAIN.test(after.names[0] ?? ''));
}

function isBlocked({ state, names }: TaskState): boolean {
  return state === 'D' || (state === 'S' && isLasting(names));
}

function isLasting(names: readonly string[]): boolean {
  return LASTING.has(findSnapshotWait(names).kind) || NETWORK_WAIT.test(names[0] ?? '');
}

function isSpinning(before: TaskState, after: TaskState): boolean {
  return (
    before.state === 'R' &&
    after.state === 'R' &&
    before.startTicks === after.startTicks &&
    before.switches !== undefined &&
    before.switches === after.switches
  );
}
