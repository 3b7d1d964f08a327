/** Questions that people have, with the SQL that answers each. */
export const QUERY_EXAMPLES: readonly (readonly [question: string, sql: string])[] = [
  [
    'which waits were the longest, and for whom?',
    `SELECT task, kind, coalesce(label, res) AS resource, wait_ms, outcome, blocker
FROM waits ORDER BY wait_ns DESC LIMIT 10`,
  ],
  [
    'who has not been let go, and who keeps them?',
    `SELECT begin_ns / 1e9 AS since_s, waiter, kind, coalesce(label, res) AS resource, blocker, evidence,
  cycle
FROM edges WHERE is_open ORDER BY begin_ns`,
  ],
  [
    'whom was waited for the most?',
    `SELECT blocker, kind, count(*) AS waits, count(DISTINCT waiter) AS waiters, sum(wait_ms) AS wait_ms
FROM edges GROUP BY blocker, kind ORDER BY wait_ms DESC LIMIT 10`,
  ],
  [
    'which resources are fought over, and how long are they held?',
    `SELECT kind, coalesce(label, res) AS resource, waits, waiters, wait_ms,
  longest_hold_ns / 1e6 AS longest_hold_ms
FROM resources WHERE waits > 0 ORDER BY wait_ns DESC LIMIT 10`,
  ],
  [
    'where in the kernel is the time waited?',
    `SELECT wait_ms, waits, kind, folded FROM stacks_folded ORDER BY wait_ns DESC LIMIT 10`,
  ],
  [
    'how many waits began in each second?',
    `SELECT ts_ns / 1000000000 AS second, count(*) AS waits, count(DISTINCT tid) AS tasks
FROM events WHERE type = 'wait_begin' GROUP BY second ORDER BY second`,
  ],
];
