import { NONE, type TaskRow } from '../../src/trace/index.ts';

/** The moment from which a tid belongs to another task than before. */
export interface TaskStart {
  readonly tid: number;
  /** The last time that still belongs to the task before. */
  readonly afterNs: number;
}

/**
 * When tids are given to new tasks, by time. A changed comm is not enough: exec and prctl change it too. Rows do not come
 * in order of time, since a wait that is reported late still carries the pid of its own time.
 */
export class TaskStarts {
  /** A row came too late to say whether the waits of its time were another task's. */
  missed = false;
  readonly #pidByTid = new Map<number, number>();
  /** Rows whose time has not come, the latest first. */
  #waiting: TaskRow[] = [];
  #reachedNs = Number.NEGATIVE_INFINITY;

  add(rows: readonly TaskRow[]): void {
    for (const row of rows) {
      this.missed ||= row.fromNs < this.#reachedNs && this.#isNewTask(row);
    }
    const withPid = rows.filter(({ pid }) => pid !== undefined);
    if (withPid.length > 0) {
      // Of one time the earlier row comes first, and so last in this list.
      this.#waiting = [...this.#waiting.reverse(), ...withPid].sort((a, b) => a.fromNs - b.fromNs).reverse();
    }
  }

  /** Whether a row's time is over before `tsNs`, which is cheap to ask. */
  isDue(tsNs: number): boolean {
    const { length } = this.#waiting;
    return length > 0 && this.#waiting[length - 1]!.fromNs < tsNs;
  }

  /** Tasks that began before `tsNs`, each once, by time. */
  *take(tsNs: number): Generator<TaskStart> {
    for (; this.isDue(tsNs); this.#waiting.pop()) {
      const row = this.#waiting.at(-1)!;
      this.#reachedNs = Math.max(this.#reachedNs, row.fromNs);
      const isNew = this.#isNewTask(row);
      this.#pidByTid.set(row.tid, row.pid!);
      if (isNew) {
        yield { tid: row.tid, afterNs: row.fromNs };
      }
    }
  }

  #isNewTask({ tid, pid }: TaskRow): boolean {
    const known = this.#pidByTid.get(tid);
    return pid !== undefined && known !== undefined && pid !== known;
  }
}

/** Which facts are about a task that no longer exists. */
export class TaskLives {
  readonly #bornAt = new Map<number, number>();

  /** @param at number of the first event of the new task's life */
  start(tid: number, at: number): void {
    this.#bornAt.set(tid, at);
  }

  /** Whether the task that had this tid at event `at` still has it. */
  isSame(tid: number, at: number): boolean {
    return (this.#bornAt.get(tid) ?? NONE) <= at;
  }
}
