import type Database from 'better-sqlite3';
import type { HoldSpan, SpanBlocker, SpanSink, SpanTables, WaitSpan } from '../../analysis/index.ts';
import { NONE, type TaskRow, type TaskTable } from '../trace/index.ts';

/** Of a wait's blockers, how many are named in a row. */
const MOST_NAMES = 3;
/** What `blocker` says of an I/O. */
const DEVICE = 'device';

/** Rows of waits and holds as they are told; what was told to an earlier store of the same database is gone. */
export class SpanStore implements SpanSink {
  readonly #db: Database.Database;
  readonly #wait: Database.Statement;
  readonly #hold: Database.Statement;
  readonly #sets: BlockerSets;
  /** By task: when it was last seen to begin something, ns. */
  readonly #seenNs: number[] = [];

  constructor(db: Database.Database) {
    this.#db = db;
    db.exec('DELETE FROM internal_wait; DELETE FROM internal_hold; DELETE FROM internal_blocker;');
    this.#wait = db.prepare(
      `INSERT INTO internal_wait (task, resource, begin_ns, end_ns, outcome, mode, stack, blocker_set)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#hold = db.prepare(
      `INSERT INTO internal_hold (task, resource, begin_ns, end_ns, outcome, mode, stack, release_stack)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#sets = new BlockerSets(db);
  }

  wait({ task, resource, beginNs, endNs, end, mode, stack, blockers }: WaitSpan): void {
    const set = this.#sets.intern(blockers);
    this.#wait.run(task, resource, beginNs, endNs, end, mode ?? null, orNull(stack), set);
    this.#seenNs[task] = beginNs;
  }

  hold({ task, resource, beginNs, endNs, end, mode, stack, releaseStack }: HoldSpan): void {
    this.#hold.run(task, resource, beginNs, endNs, end, mode ?? null, orNull(stack), orNull(releaseStack));
    this.#seenNs[task] = beginNs;
  }

  /** Writes what only the end tells: who the tasks and sets of blockers are. */
  finish({ tasks, names }: SpanTables): void {
    const rows = groupByTid(names);
    const insert = this.#db.prepare('INSERT INTO internal_task VALUES (?, ?, ?, ?, ?)');
    for (const [task, { tid, name }] of tasks) {
      const pid = findRow(rows.get(tid) ?? [], this.#seenNs[task] ?? Number.POSITIVE_INFINITY)?.pid;
      const comm = name === String(tid) ? undefined : name.slice(0, -`:${tid}`.length);
      insert.run(task, tid, pid ?? null, comm ?? null, name);
    }
    this.#sets.finish(this.#db, tasks);
  }
}

/** Sets of blockers, each stored once: thousands of waits may be for the same thousands of holders. */
class BlockerSets {
  readonly #insert: Database.Statement;
  readonly #byKey = new Map<string, number>();
  readonly #byArray = new Map<readonly SpanBlocker[], number>();
  readonly #sets: (readonly SpanBlocker[])[] = [];

  constructor(db: Database.Database) {
    this.#insert = db.prepare('INSERT INTO internal_blocker VALUES (?, ?, ?, ?, ?)');
  }

  intern(blockers: readonly SpanBlocker[]): number | null {
    if (blockers.length === 0) {
      return null;
    }
    return blockers.length === 1
      ? this.#internIn(this.#byKey, keyOf(blockers[0]!), blockers)
      : this.#internIn(this.#byArray, blockers, blockers);
  }

  #internIn<K>(known: Map<K, number>, key: K, blockers: readonly SpanBlocker[]): number {
    let id = known.get(key);
    if (id === undefined) {
      id = this.#sets.push(blockers) - 1;
      known.set(key, id);
      for (const [position, { task, evidence, hard }] of blockers.entries()) {
        this.#insert.run(id, position, task ?? null, evidence, Number(hard));
      }
    }
    return id;
  }

  finish(db: Database.Database, tasks: SpanTables['tasks']): void {
    const insert = db.prepare('INSERT INTO internal_blocker_set VALUES (?, ?, ?, ?, ?)');
    for (const [id, blockers] of this.#sets.entries()) {
      const named = blockers.slice(0, MOST_NAMES).map(({ task }) => tasks.get(task ?? NONE)?.name ?? DEVICE);
      const others = blockers.length - named.length;
      const names = others > 0 ? [...named, others === 1 ? '1 other' : `${others} others`] : named;
      const { tid, evidence } = blockers[0]!;
      insert.run(
        id,
        blockers.length,
        blockers.length === 1 ? (tid ?? null) : null,
        names.join(', '),
        evidence,
      );
    }
  }
}

function keyOf({ task, io, evidence, hard }: SpanBlocker): string {
  return `${task} ${io} ${evidence} ${hard}`;
}

function orNull(index: number): number | null {
  return index === NONE ? null : index;
}

function groupByTid(names: TaskTable): ReadonlyMap<number, readonly TaskRow[]> {
  return Map.groupBy(names.rows(), ({ tid }) => tid);
}

/** Of the rows of one tid, the one whose time it was; before the first, the first. */
function findRow(rows: readonly TaskRow[], atNs: number): TaskRow | undefined {
  return rows.findLast(({ fromNs }) => fromNs <= atNs) ?? rows[0];
}
