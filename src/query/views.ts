import type { TableColumn } from './table.ts';

/** A column of a view, for people who write SQL. */
export interface ViewColumn extends TableColumn {
  readonly meaning: string;
}

/** What `holdwait query` can be asked about, and how it is put together from the tables of database-schema.ts. */
export interface View {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly ViewColumn[];
  /** Gives the columns in their order. */
  readonly select: string;
}

const MOMENT = 'ns since the start of the capture';

const TASK_COLUMNS: readonly ViewColumn[] = [
  { name: 'task', type: 'text', meaning: 'comm:tid' },
  { name: 'tid', type: 'int32', meaning: 'thread id; negative where a log only has a name' },
  { name: 'pid', type: 'int32', meaning: 'process id' },
  { name: 'comm', type: 'text', meaning: 'name of the thread' },
];

const RESOURCE_COLUMNS: readonly ViewColumn[] = [
  { name: 'kind', type: 'text', meaning: 'what is waited for or held: folio_lock, mutex, io, …' },
  { name: 'res', type: 'text', meaning: 'which one: an address, or a name' },
  { name: 'label', type: 'text', meaning: 'the same in words, where that is known' },
];

const MODE: ViewColumn = {
  name: 'mode',
  type: 'text',
  meaning: 'read or write, where there is a difference',
};
const STACK = 'innermost frame first, ; between frames';

const WAIT_SUMS: readonly ViewColumn[] = [
  { name: 'waits', type: 'int64', meaning: 'number of waits' },
  { name: 'open_waits', type: 'int64', meaning: 'of these, open when the capture ended' },
];

const WAITED: readonly ViewColumn[] = [
  { name: 'wait_ns', type: 'int64', meaning: 'time waited, ns' },
  { name: 'wait_ms', type: 'double', meaning: 'the same in ms' },
];

const LONGEST_WAIT: ViewColumn = { name: 'longest_wait_ns', type: 'int64', meaning: 'the longest wait, ns' };

const WAITS: View = {
  name: 'waits',
  description: 'every wait, one row each',
  columns: [
    { name: 'wait_id', type: 'int64', meaning: 'number of the wait, as in edges' },
    ...TASK_COLUMNS,
    ...RESOURCE_COLUMNS,
    MODE,
    { name: 'begin_ns', type: 'int64', meaning: MOMENT },
    { name: 'end_ns', type: 'int64', meaning: `${MOMENT}; missing: open` },
    { name: 'wait_ns', type: 'int64', meaning: 'time waited, ns; of an open wait until the capture ended' },
    { name: 'wait_ms', type: 'double', meaning: 'the same in ms' },
    {
      name: 'outcome',
      type: 'text',
      meaning: 'open, ended, superseded (its end was not seen, the task went on), task-gone',
    },
    { name: 'blocker', type: 'text', meaning: 'whom it is or was for, the first three; device: an I/O' },
    { name: 'blocker_tid', type: 'int32', meaning: 'where that is one task' },
    { name: 'blockers', type: 'int64', meaning: 'how many they are; 0: nobody is known' },
    {
      name: 'evidence',
      type: 'text',
      meaning: 'of the first: traced, owner-field, released-later, stack, unknown',
    },
    { name: 'stack', type: 'text', meaning: `of the waiting task, ${STACK}` },
  ],
  select: `
SELECT w.id, t.name, t.tid, t.pid, t.comm, r.kind, r.res, r.label, w.mode, w.begin_ns,
  CASE w.outcome WHEN 'open' THEN NULL ELSE w.end_ns END, w.end_ns - w.begin_ns, (w.end_ns - w.begin_ns) / 1e6,
  w.outcome, b.names, b.tid, coalesce(b.size, 0), b.evidence, s.frames
FROM internal_wait w JOIN internal_task t ON t.id = w.task JOIN internal_resource r ON r.id = w.resource
LEFT JOIN internal_stack s ON s.id = w.stack LEFT JOIN internal_blocker_set b ON b.id = w.blocker_set`,
};

const HOLDS: View = {
  name: 'holds',
  description: 'every time a task had a resource, one row each',
  columns: [
    { name: 'hold_id', type: 'int64', meaning: 'number of the hold' },
    ...TASK_COLUMNS,
    ...RESOURCE_COLUMNS,
    MODE,
    { name: 'begin_ns', type: 'int64', meaning: MOMENT },
    { name: 'end_ns', type: 'int64', meaning: `${MOMENT}; missing: open` },
    { name: 'hold_ns', type: 'int64', meaning: 'time held, ns; of an open hold until the capture ended' },
    { name: 'hold_ms', type: 'double', meaning: 'the same in ms' },
    {
      name: 'outcome',
      type: 'text',
      meaning: 'open, released, displaced (another has it: the release was not seen), given-to-device',
    },
    { name: 'stack', type: 'text', meaning: `where it was taken, ${STACK}` },
    { name: 'release_stack', type: 'text', meaning: 'where it was let go' },
  ],
  select: `
SELECT h.id, t.name, t.tid, t.pid, t.comm, r.kind, r.res, r.label, h.mode, h.begin_ns,
  CASE h.outcome WHEN 'open' THEN NULL ELSE h.end_ns END, h.end_ns - h.begin_ns, (h.end_ns - h.begin_ns) / 1e6,
  h.outcome, s.frames, e.frames
FROM internal_hold h JOIN internal_task t ON t.id = h.task JOIN internal_resource r ON r.id = h.resource
LEFT JOIN internal_stack s ON s.id = h.stack LEFT JOIN internal_stack e ON e.id = h.release_stack`,
};

const EDGES: View = {
  name: 'edges',
  description: 'who waited for whom: a row for each wait and each of its blockers',
  columns: [
    { name: 'wait_id', type: 'int64', meaning: 'number of the wait, as in waits' },
    { name: 'waiter', type: 'text', meaning: 'comm:tid' },
    { name: 'waiter_tid', type: 'int32', meaning: 'thread id' },
    ...RESOURCE_COLUMNS,
    { name: 'blocker', type: 'text', meaning: 'comm:tid; device: an I/O' },
    { name: 'blocker_tid', type: 'int32', meaning: 'thread id; missing: a device' },
    { name: 'evidence', type: 'text', meaning: 'traced, owner-field, released-later, stack, unknown' },
    { name: 'is_hard', type: 'int32', meaning: '1: holds it; 0: is ahead in the queue' },
    { name: 'is_open', type: 'int32', meaning: '1: the wait was open when the capture ended' },
    { name: 'begin_ns', type: 'int64', meaning: MOMENT },
    ...WAITED,
    {
      name: 'cycle',
      type: 'text',
      meaning: 'handles of the cycles it is part of, as analyze prints them: c-1',
    },
  ],
  select: `
SELECT w.id, t.name, t.tid, r.kind, r.res, r.label, coalesce(o.name, 'device'), o.tid, b.evidence, b.is_hard,
  w.outcome = 'open', w.begin_ns, w.end_ns - w.begin_ns, (w.end_ns - w.begin_ns) / 1e6,
  (SELECT group_concat(c.cycle, ' ') FROM internal_cycle_edge c WHERE c.tid = t.tid AND c.begin_ns = w.begin_ns
    AND c.kind = r.kind AND c.res = r.res AND c.blocker_tid IS o.tid AND w.outcome = 'open')
FROM internal_wait w JOIN internal_blocker b ON b.blocker_set = w.blocker_set JOIN internal_task t ON t.id = w.task
JOIN internal_resource r ON r.id = w.resource LEFT JOIN internal_task o ON o.id = b.task`,
};

const TASKS: View = {
  name: 'tasks',
  description: 'every task that waited, held something or was waited for',
  columns: [
    ...TASK_COLUMNS,
    ...WAIT_SUMS,
    ...WAITED,
    LONGEST_WAIT,
    { name: 'holds', type: 'int64', meaning: 'number of holds' },
    { name: 'hold_ns', type: 'int64', meaning: 'time held, ns; holds at the same time count each' },
  ],
  select: `
SELECT t.name, t.tid, t.pid, t.comm, coalesce(w.waits, 0), coalesce(w.open_waits, 0), coalesce(w.ns, 0),
  coalesce(w.ns, 0) / 1e6, coalesce(w.longest_ns, 0), coalesce(h.holds, 0), coalesce(h.ns, 0)
FROM internal_task t
LEFT JOIN (SELECT task, count(*) AS waits, sum(outcome = 'open') AS open_waits, sum(end_ns - begin_ns) AS ns,
  max(end_ns - begin_ns) AS longest_ns FROM internal_wait GROUP BY task) w ON w.task = t.id
LEFT JOIN (SELECT task, count(*) AS holds, sum(end_ns - begin_ns) AS ns FROM internal_hold GROUP BY task) h
  ON h.task = t.id`,
};

const RESOURCES: View = {
  name: 'resources',
  description: 'every resource of the capture',
  columns: [
    ...RESOURCE_COLUMNS,
    ...WAIT_SUMS,
    { name: 'waiters', type: 'int64', meaning: 'number of tasks that waited for it' },
    ...WAITED,
    LONGEST_WAIT,
    { name: 'holds', type: 'int64', meaning: 'number of holds' },
    { name: 'hold_ns', type: 'int64', meaning: 'time held, ns' },
    { name: 'longest_hold_ns', type: 'int64', meaning: 'the longest hold, ns' },
  ],
  select: `
SELECT r.kind, r.res, r.label, coalesce(w.waits, 0), coalesce(w.open_waits, 0), coalesce(w.waiters, 0),
  coalesce(w.ns, 0), coalesce(w.ns, 0) / 1e6, coalesce(w.longest_ns, 0), coalesce(h.holds, 0), coalesce(h.ns, 0),
  coalesce(h.longest_ns, 0)
FROM internal_resource r
LEFT JOIN (SELECT resource, count(*) AS waits, sum(outcome = 'open') AS open_waits, count(DISTINCT task) AS waiters,
  sum(end_ns - begin_ns) AS ns, max(end_ns - begin_ns) AS longest_ns FROM internal_wait GROUP BY resource) w
  ON w.resource = r.id
LEFT JOIN (SELECT resource, count(*) AS holds, sum(end_ns - begin_ns) AS ns, max(end_ns - begin_ns) AS longest_ns
  FROM internal_hold GROUP BY resource) h ON h.resource = r.id`,
};

const STACKS_FOLDED: View = {
  name: 'stacks_folded',
  description: 'where tasks waited: a row for each way through the kernel and kind',
  columns: [
    {
      name: 'folded',
      type: 'text',
      meaning: 'functions, outermost first, ; between them: as flame graphs want it',
    },
    { name: 'kind', type: 'text', meaning: 'what was waited for' },
    ...WAIT_SUMS,
    ...WAITED,
    LONGEST_WAIT,
  ],
  select: `
SELECT s.folded, r.kind, count(*), sum(w.outcome = 'open'), sum(w.end_ns - w.begin_ns),
  sum(w.end_ns - w.begin_ns) / 1e6, max(w.end_ns - w.begin_ns)
FROM internal_wait w JOIN internal_resource r ON r.id = w.resource JOIN internal_stack s ON s.id = w.stack
GROUP BY s.folded, r.kind`,
};

const EVENTS: View = {
  name: 'events',
  description: 'every event as it was recorded, in time order',
  columns: [
    { name: 'ts_ns', type: 'int64', meaning: MOMENT },
    { name: 'type', type: 'text', meaning: 'wait_begin, wait_end, hold_begin, …' },
    { name: 'tid', type: 'int32', meaning: 'thread id' },
    { name: 'pid', type: 'int32', meaning: 'process id' },
    { name: 'comm', type: 'text', meaning: 'name of the thread by then' },
    ...RESOURCE_COLUMNS,
    MODE,
    { name: 'holder_tid', type: 'int32', meaning: 'who has it, where a wait says so' },
    { name: 'evidence', type: 'text', meaning: 'of the holder' },
    { name: 'fn', type: 'text', meaning: 'of an allocation: pte_alloc_one, pcpu_alloc' },
    { name: 'size_bytes', type: 'int64', meaning: 'of an allocation, bytes' },
    { name: 'gfp', type: 'int64', meaning: "of an allocation: the kernel's flags" },
    { name: 'stack', type: 'text', meaning: STACK },
  ],
  select: `
SELECT e.ts_ns, e.type, e.tid, n.pid, n.comm, r.kind, r.res, r.label, e.mode, e.holder_tid, e.evidence, e.fn,
  e.size_bytes, e.gfp, s.frames
FROM internal_event e LEFT JOIN internal_task_name n ON n.id = e.task_name
LEFT JOIN internal_resource r ON r.id = e.resource LEFT JOIN internal_stack s ON s.id = e.stack`,
};

const LOSSES: View = {
  name: 'losses',
  description: 'what is missing from the capture',
  columns: [
    { name: 'ts_ns', type: 'int64', meaning: `${MOMENT}, when it was noticed` },
    { name: 'count', type: 'int64', meaning: 'records' },
    { name: 'reason', type: 'text', meaning: 'lost_events, map_full, truncated, …' },
  ],
  select: 'SELECT ts_ns, count, reason FROM internal_loss',
};

export const VIEWS: readonly View[] = [WAITS, HOLDS, EDGES, TASKS, RESOURCES, STACKS_FOLDED, EVENTS, LOSSES];

/** @throws RangeError if there is no such view */
export function findView(name: string): View {
  const view = VIEWS.find((one) => one.name === name);
  if (view === undefined) {
    throw new RangeError(`view ${name}`);
  }
  return view;
}
