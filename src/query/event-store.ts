import type Database from 'better-sqlite3';
import {
  ALLOC_FUNCTIONS,
  EVENT_TYPES,
  EVIDENCES,
  MODES,
  NO_TID,
  NONE,
  type OnOrderedProgress,
  RecordOrder,
  surveySource,
  type TraceSource,
} from '../trace/index.ts';

/** Writes all events of a capture in time order; ids of resources and stacks are those of the capture's tables. */
export async function storeEvents(
  db: Database.Database,
  source: TraceSource,
  onProgress: OnOrderedProgress,
): Promise<void> {
  const capture = await surveySource(source, onProgress);
  const { tasks } = capture.tables;
  const name = db.prepare('INSERT INTO task_name VALUES (?, ?, ?)');
  for (const [id, { pid, comm }] of tasks.rows().entries()) {
    name.run(id, pid ?? null, comm ?? null);
  }
  const insert = db.prepare(
    `INSERT INTO event (ts_ns, type, tid, task_name, resource, stack, holder_tid, evidence, mode, fn, size_bytes, gfp)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const order = new RecordOrder(tasks, []);
  /** By tid: the row that names it by then. */
  const names = new Map<number, number>();
  let named = 0;
  for await (const events of capture.batches()) {
    const { type, tsNs, tid, resource, stack, holderTid, evidence, mode, fn, sizeBytes, gfp } = events;
    for (const at of order.next(events, (i) => i)) {
      if (typeof at !== 'number') {
        names.set(at.tid!, named++);
        continue;
      }
      insert.run(
        tsNs[at],
        EVENT_TYPES[type[at]!],
        orNull(tid[at]!, NO_TID),
        names.get(tid[at]!) ?? null,
        orNull(resource[at]!, NONE),
        orNull(stack[at]!, NONE),
        orNull(holderTid[at]!, NO_TID),
        EVIDENCES[evidence[at]!] ?? null,
        MODES[mode[at]!] ?? null,
        ALLOC_FUNCTIONS[fn[at]!] ?? null,
        orNull(sizeBytes[at]!, NONE),
        orNull(gfp[at]!, NONE),
      );
    }
  }
}

function orNull(value: number, missing: number): number | null {
  return value === missing ? null : value;
}
