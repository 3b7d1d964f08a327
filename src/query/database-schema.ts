import { VIEWS } from './views.ts';

/**
 * Ids are positions in the tables of the capture, and numbers of tasks. What is no view is called internal_*, and no
 * statement of a person may name it (query-process.ts).
 */
const TABLES = `
CREATE TABLE internal_task (id INTEGER PRIMARY KEY, tid INTEGER, pid INTEGER, comm TEXT, name TEXT);
CREATE TABLE internal_resource (id INTEGER PRIMARY KEY, kind TEXT, res TEXT, label TEXT);
CREATE TABLE internal_stack (id INTEGER PRIMARY KEY, frames TEXT, folded TEXT);
CREATE TABLE internal_blocker_set (id INTEGER PRIMARY KEY, size INTEGER, tid INTEGER, names TEXT, evidence TEXT);
CREATE TABLE internal_blocker (blocker_set INTEGER, position INTEGER, task INTEGER, evidence TEXT, is_hard INTEGER,
  PRIMARY KEY (blocker_set, position)) WITHOUT ROWID;
CREATE TABLE internal_wait (id INTEGER PRIMARY KEY, task INTEGER, resource INTEGER, begin_ns INTEGER, end_ns INTEGER,
  outcome TEXT, mode TEXT, stack INTEGER, blocker_set INTEGER);
CREATE TABLE internal_hold (id INTEGER PRIMARY KEY, task INTEGER, resource INTEGER, begin_ns INTEGER, end_ns INTEGER,
  outcome TEXT, mode TEXT, stack INTEGER, release_stack INTEGER);
CREATE TABLE internal_cycle_edge (tid INTEGER, begin_ns INTEGER, kind TEXT, res TEXT, blocker_tid INTEGER, cycle TEXT);
CREATE INDEX cycle_edge_wait ON internal_cycle_edge (tid, begin_ns);
CREATE TABLE internal_task_name (id INTEGER PRIMARY KEY, pid INTEGER, comm TEXT);
CREATE TABLE internal_event (id INTEGER PRIMARY KEY, ts_ns INTEGER, type TEXT, tid INTEGER, task_name INTEGER,
  resource INTEGER, stack INTEGER, holder_tid INTEGER, evidence TEXT, mode TEXT, fn TEXT, size_bytes INTEGER,
  gfp INTEGER);
CREATE TABLE internal_loss (ts_ns INTEGER, count INTEGER, reason TEXT);`;

export const CREATE_DATABASE = [
  TABLES,
  ...VIEWS.map(
    ({ name, columns, select }) =>
      `CREATE VIEW ${name} (${columns.map((column) => column.name).join(', ')}) AS ${select};`,
  ),
].join('\n');

/** Once the rows are there. */
export const CREATE_INDEXES = `
CREATE INDEX wait_begin ON internal_wait (begin_ns);
CREATE INDEX hold_begin ON internal_hold (begin_ns);`;
