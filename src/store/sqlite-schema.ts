import { ALLOC_FUNCTIONS, EVENT_TYPES, EVIDENCES, MODES } from '../trace/index.ts';

/** `HwCp` in the file's header (bytes 68–71): what makes an SQLite file one of ours. */
export const APPLICATION_ID = 0x4877_4370;

/** The file's `user_version`. Readers accept this and older; see src/trace/FORMAT.md. */
export const SQLITE_SCHEMA_VERSION = 1;

/** First bytes of every SQLite file. */
export const SQLITE_MAGIC = 'SQLite format 3\0';
export const SQLITE_HEADER_BYTES = 100;

/** Vocabularies, kept in each file so that its codes can be read without this program. */
export const WORD_LISTS = {
  type: EVENT_TYPES,
  evidence: EVIDENCES,
  mode: MODES,
  fn: ALLOC_FUNCTIONS,
} as const satisfies Record<string, readonly string[]>;

/** Columns of the events table after `id`, in the order of COLUMN_NAMES. */
export const EVENT_COLUMNS = [
  'type',
  'ts_ns',
  'tid',
  'resource',
  'stack',
  'holder_tid',
  'evidence',
  'mode',
  'fn',
  'size_bytes',
  'gfp',
] as const;

export const TABLES = [
  'capture',
  'words',
  'tasks',
  'frames',
  'stacks',
  'resources',
  'events',
  'losses',
  'attachments',
] as const;

export const CREATE_SCHEMA = `
CREATE TABLE capture (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE words (list TEXT NOT NULL, code INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY (list, code)) WITHOUT ROWID;
CREATE TABLE tasks (id INTEGER PRIMARY KEY, tid INTEGER NOT NULL, pid INTEGER, comm TEXT, from_ns INTEGER NOT NULL);
CREATE TABLE frames (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE stacks (stack INTEGER NOT NULL, depth INTEGER NOT NULL, frame INTEGER NOT NULL, PRIMARY KEY (stack, depth)) WITHOUT ROWID;
CREATE TABLE resources (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, res TEXT NOT NULL, label TEXT);
CREATE TABLE events (
  id INTEGER PRIMARY KEY, type INTEGER NOT NULL, ts_ns INTEGER NOT NULL, tid INTEGER, resource INTEGER, stack INTEGER,
  holder_tid INTEGER, evidence INTEGER, mode INTEGER, fn INTEGER, size_bytes INTEGER, gfp INTEGER
);
CREATE TABLE losses (id INTEGER PRIMARY KEY, ts_ns INTEGER NOT NULL, count INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE attachments (id INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL);

CREATE VIEW event_rows AS
SELECT e.id, w.word AS type, e.ts_ns, e.tid, r.kind, r.res, r.label, m.word AS mode, e.holder_tid, v.word AS evidence,
  f.word AS fn, e.size_bytes, e.gfp, e.stack
FROM events e
LEFT JOIN words w ON w.list = 'type' AND w.code = e.type
LEFT JOIN words m ON m.list = 'mode' AND m.code = e.mode
LEFT JOIN words v ON v.list = 'evidence' AND v.code = e.evidence
LEFT JOIN words f ON f.list = 'fn' AND f.code = e.fn
LEFT JOIN resources r ON r.id = e.resource;

CREATE VIEW stack_frames AS
SELECT s.stack, s.depth, f.text AS frame FROM stacks s JOIN frames f ON f.id = s.frame;
${intervalView('waits', 'wait_begin', 'wait_end')}
${intervalView('holds', 'hold_begin', 'hold_end')}`;

/** Each begin with the next end of the same task and resource; `end_ns` is NULL where there is none. */
function intervalView(name: string, begin: string, end: string): string {
  return `
CREATE VIEW ${name} AS
SELECT id, tid, kind, res, label, ts_ns AS begin_ns, end_ns, mode, holder_tid, evidence, stack FROM (
  SELECT *, min(ts_ns) FILTER (WHERE type = '${end}') OVER (
    PARTITION BY tid, kind, res ORDER BY ts_ns, id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS end_ns
  FROM event_rows WHERE type IN ('${begin}', '${end}')
) WHERE type = '${begin}';`;
}
