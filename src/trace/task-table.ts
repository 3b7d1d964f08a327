/** One use of a tid: a task as it was named at some time of the capture. */
export interface TaskRow {
  readonly tid: number;
  /** Thread group id, or undefined where the capture does not say. */
  readonly pid: number | undefined;
  readonly comm: string | undefined;
  /** The last time that may belong to the tid's row before, ns since the capture's start: events after it are this row's. */
  readonly fromNs: number;
}

/**
 * Tasks in the order they were named. A tid has several rows if its comm changed or, with another pid, if the number
 * was given to a new task.
 */
export class TaskTable {
  readonly #rows: TaskRow[] = [];
  readonly #latest = new Map<number, TaskRow>();

  get size(): number {
    return this.#rows.length;
  }

  /** Adds a row if it says anything new; a missing pid or comm is taken from the tid's row before, unless its pid differs. */
  set(tid: number, pid: number | undefined, comm: string | undefined, fromNs: number): void {
    const known = this.#latest.get(tid);
    const reused = known !== undefined && pid !== undefined && known.pid !== undefined && known.pid !== pid;
    const row = {
      tid,
      pid: pid ?? known?.pid,
      comm: comm ?? (reused ? undefined : known?.comm),
      fromNs,
    };
    if (known !== undefined && known.pid === row.pid && known.comm === row.comm) {
      return;
    }
    this.#rows.push(row);
    this.#latest.set(tid, row);
  }

  row(index: number): TaskRow {
    return this.#rows[index]!;
  }

  rows(): readonly TaskRow[] {
    return this.#rows;
  }

  latest(tid: number): TaskRow | undefined {
    return this.#latest.get(tid);
  }

  /** `comm:tid`, or the tid alone where no comm is known. */
  name(tid: number): string {
    const comm = this.#latest.get(tid)?.comm;
    return comm === undefined ? String(tid) : `${comm}:${tid}`;
  }
}
