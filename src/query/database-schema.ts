import { VIEWS } from './views.ts';

/** Ids are positions in the tables of the capture, and numbers of tasks. */
const TABLES = `
CREATE TABLE task (id INTEGER PRIMARY KEY, tid INTEGER, pid INTEGER, comm TEXT, name TEXT);
CREATE TABLE resource (id INTEGER PRIMARY KEY, kind TEXT, res TEXT, label TEXT);
CREATE TABLE stack (id INTEGER PRIMARY KEY, frames TEXT, folded TEXT);
CREATE TABLE blocker_set (id INTEGER PRIMARY KEY, size INTEGER, tid INTEGER, names TEXT, evidence TEXT);
CREATE TABLE blocker (blocker_set INTEGER, position INTEGER, task INTEGER, evidence TEXT, is_hard INTEGER,
  PRIMARY KEY (blocker_set, position)) WITHOUT ROWID;
CREATE TABLE wait (id INTEGER PRIMARY KEY, task INTEGER, resource INTEGER, begin_ns INTEGER, end_ns INTEGER,
  outcome TEXT, mode TEXT, stack INTEGER, blocker_set INTEGER);
CREATE TABLE hold (id INTEGER PRIMARY KEY, task INTEGER, resource INTEGER, begin_ns INTEGER, end_ns INTEGER,
  outcome TEXT, mode TEXT, stack INTEGER, release_stack INTEGER);
CREATE TABLE cycle_edge (tid INTEGER, begin_ns INTEGER, kind TEXT, res TEXT, blocker_tid INTEGER, cycle TEXT);
CREATE INDEX cycle_edge_wait ON cycle_edge (tid, begin_ns);
CREATE TABLE task_name (id INTEGER PRIMARY KEY, pid INTEGER, comm TEXT);
CREATE TABLE event (id INTEGER PRIMARY KEY, ts_ns INTEGER, type TEXT, tid INTEGER, task_name INTEGER,
  resource INTEGER, stack INTEGER, holder_tid INTEGER, evidence TEXT, mode TEXT, fn TEXT, size_bytes INTEGER,
  gfp INTEGER);
CREATE TABLE loss (ts_ns INTEGER, count INTEGER, reason TEXT);`;

export const CREATE_DATABASE = [
  TABLES,
  ...VIEWS.map(
    ({ name, columns, select }) =>
      `CREATE VIEW ${name} (${columns.map((column) => column.name).join(', ')}) AS ${select};`,
  ),
].join('\n');

/** Once the rows are there. */
export const CREATE_INDEXES = `
CREATE INDEX wait_begin ON wait (begin_ns);
CREATE INDEX hold_begin ON hold (begin_ns);`;
