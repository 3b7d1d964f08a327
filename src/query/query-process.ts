/**
 * A process of its own that runs one statement on a database and prints the rows: a statement cannot be interrupted from
 * within its process. Arguments: path, rows at most. The SQL comes on standard input; see run-query.ts for what goes out.
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';

/** Of SQLite's own memory: a statement that asks for more fails, not the machine. */
const MOST_BYTES = 256 * 1024 * 1024;
const ROWS_PER_WRITE = 500;
/** A PRAGMA, ATTACH or VACUUM may pass for reading. */
const READING = /^\s*(SELECT|WITH|VALUES|EXPLAIN)\b/i;

const [path, most] = process.argv.slice(2);
try {
  await run(await text(process.stdin));
} catch (error) {
  print([{ error: (error as Error).message }]);
}

async function run(sql: string): Promise<void> {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  db.pragma(`hard_heap_limit = ${MOST_BYTES}`);
  db.pragma('trusted_schema = OFF');
  db.pragma('query_only = ON');
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
