/**
 * A process of its own that runs one statement on a database and prints the rows: a statement cannot be interrupted from
 * within its process. Arguments: path, rows at most. The SQL comes on standard input once the database is complete; see
 * run-query.ts for what goes out.
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';

/** Of SQLite's own memory: a statement that asks for more fails, not the machine. */
const MOST_BYTES = 256 * 1024 * 1024;
const ROWS_PER_WRITE = 500;
/** A PRAGMA, ATTACH or VACUUM may pass for reading. */
const READING = /^\s*(SELECT|WITH|VALUES|EXPLAIN)\b/i;

/**
 * Who started this may be killed, and the statement keeps this thread busy: another one looks. Without it, the process
 * and the disk of the database would go on for as long as the statement does.
 */
const WATCH = `
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 500);`;

const [path, most] = process.argv.slice(2);
new Worker(WATCH, { eval: true }).unref();
try {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  await print([{ isOpen: true }]);
  await run(db, await text(process.stdin));
} catch (error) {
  print([{ error: (error as Error).message }]);
}

async function run(db: Database.Database, sql: string): Promise<void> {
  db.pragma(`hard_heap_limit = ${MOST_BYTES}`);
  db.pragma('trusted_schema = OFF');
  db.pragma('query_only = ON');
  refuseInternal(db, sql);
  const statement = db.prepare<[], unknown[]>(sql);
  if (!statement.reader || !statement.readonly || !READING.test(withoutComments(sql))) {
    throw new Error('only statements that read are run: SELECT, WITH, VALUES, EXPLAIN');
  }
  // At once: the first row may take long.
  await print([{ columns: statement.columns().map(({ name }) => name) }]);
  let lines: object[] = [];
  let rows = 0;
  let isCut = false;
  for (const row of statement.raw().safeIntegers().iterate()) {
    if (rows++ === Number(most)) {
      isCut = true;
      break;
    }
    lines.push(row.map(toJson));
    if (lines.length === ROWS_PER_WRITE) {
      await print(lines);
      lines = [];
    }
  }
  await print([...lines, { isEnd: true, isCut }]);
}

/** What the views are made of is no promise. A name can only be given by writing it, however it is quoted. */
function refuseInternal(db: Database.Database, sql: string): void {
  const names = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const named = new RegExp(`\\b(?:${names.join('|')})\\b`, 'i').exec(sql);
  if (named !== null) {
    throw new Error(`no such table: ${named[0]}`);
  }
}

function withoutComments(sql: string): string {
  return sql.replace(/^(\s|;|--.*(\n|$)|\/\*[\s\S]*?(\*\/|$))*/, '');
}

/** Integers that JSON readers would round, and bytes, as text. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return Buffer.isBuffer(value) ? value.toString('hex') : value;
}

async function print(lines: readonly object[]): Promise<void> {
  const isRoom = process.stdout.write(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  if (!isRoom) {
    await once(process.stdout, 'drain');
  }
}
