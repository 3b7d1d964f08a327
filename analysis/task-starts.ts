import { NONE, type TaskTable } from '../src/trace/index.ts';

/** The moment from which a tid belongs to another task than before. */
export interface TaskStart {
  readonly tid: number;
  /** The last time that still belongs to the task before. */
  readonly afterNs: number;
}

/**
 * When tids were given to new tasks, by time. A changed comm is not enough: exec and prctl change it too. Rows are not
 * in order of time, since a wait that is reported late still carries the pid of its own time.
 */
export function findTaskStarts(tasks: TaskTable): TaskStart[] {
  const pidByTid = new Map<number, number>();
  const starts: TaskStart[] = [];
  for (const { tid, pid, fromNs } of tasks.rows().toSorted((a, b) => a.fromNs - b.fromNs)) {
    const known = pidByTid.get(tid);
    if (pid !== undefined && known !== undefined && pid !== known) {
      starts.push({ tid, afterNs: fromNs });
    }
    if (pid !== undefined) {
      pidByTid.set(tid, pid);
    }
  }
  return starts;
}

/** Which facts are about a task that no longer exists. */
export class TaskLives {
  readonly #bornAt = new Map<number, number>();

  /** @param at index of the first event of the new task's life */
  start(tid: number, at: number): void {
    this.#bornAt.set(tid, at);
  }

  /** Whether the task that had this tid at event `at` still has it. */
  isSame(tid: number, at: number): boolean {
    return (this.#bornAt.get(tid) ?? NONE) <= at;
  }
}
