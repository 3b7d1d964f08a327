import type Database from 'better-sqlite3';
import {
  ALLOC_FUNCTIONS,
  EVENT_TYPES,
  EVIDENCES,
  type EventColumns,
  MODES,
  NO_TID,
  NONE,
  type OnSourceProgress,
  RecordOrder,
  surveySource,
  type TaskTable,
  type TraceSource,
} from '../trace/index.ts';

const INSERT_EVENT = `
INSERT INTO internal_event
  (ts_ns, type, tid, task_name, resource, stack, holder_tid, evidence, mode, fn, size_bytes, gfp)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Writes all events of a capture in time order; ids of resources and stacks are those of the capture's tables. */
export async function storeEvents(
  db: Database.Database,
  source: TraceSource,
  onProgress: OnSourceProgress,
): Promise<void> {
  const capture = await surveySource(source, onProgress);
  const { tasks } = capture.tables;
  storeTaskNames(db, tasks);
  const insert = db.prepare(INSERT_EVENT);
  const order = new RecordOrder(tasks, []);
  /** By tid: the row that names it by then. */
  const names = new Map<number, number>();
  let named = 0;
  for await (const events of capture.batches()) {
    for (const at of order.next(events, (i) => i)) {
      if (typeof at === 'number') {
        insert.run(toCells(events, at, names.get(events.tid[at]!)));
      } else {
        names.set(at.tid!, named++);
      }
    }
  }
}

function storeTaskNames(db: Database.Database, tasks: TaskTable): void {
  const insert = db.prepare('INSERT INTO internal_task_name VALUES (?, ?, ?)');
  for (const [id, { pid, comm }] of tasks.rows().entries()) {
    insert.run(id, pid ?? null, comm ?? null);
  }
}

/** As INSERT_EVENT takes them. */
function toCells(events: EventColumns, at: number, name: number | undefined): (number | string | null)[] {
  return [
    events.tsNs[at]!,
    EVENT_TYPES[events.type[at]!]!,
    orNull(events.tid[at]!, NO_TID),
    name ?? null,
    orNull(events.resource[at]!, NONE),
    orNull(events.stack[at]!, NONE),
    orNull(events.holderTid[at]!, NO_TID),
    EVIDENCES[events.evidence[at]!] ?? null,
    MODES[events.mode[at]!] ?? null,
    ALLOC_FUNCTIONS[events.fn[at]!] ?? null,
    orNull(events.sizeBytes[at]!, NONE),
    orNull(events.gfp[at]!, NONE),
  ];
}

function orNull(value: number, missing: number): number | null {
  return value === missing ? null : value;
}
