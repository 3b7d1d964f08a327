import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { HoldwaitError, splitLines } from '../trace/index.ts';
import { VIEWS } from './views.ts';

/** Integers beyond 2^53 and bytes (in hexadecimal) are text. */
export type QueryCell = string | number | null;

export interface QueryOptions {
  /** Rows at most; Infinity = all. */
  readonly maxRows: number;
  readonly signal?: AbortSignal;
}

export interface QueryResult {
  /** Names of the columns, each once. */
  readonly columns: readonly string[];
  /** To be asked for once. */
  readonly rows: AsyncIterable<readonly QueryCell[]>;
  /** Whether there are more rows than `maxRows`; valid after the last. */
  isCut(): boolean;
}

const PROCESS = fileURLToPath(
  new URL(`./query-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** A process that has a database open and waits for the statement. */
export interface QueryProcess {
  /**
   * To be called once, when the database is complete.
   *
   * @throws HoldwaitError (usage) SQL_FAILED, also while rows are read; the signal's reason
   */
  run(sql: string): Promise<QueryResult>;
  /** Ends it. To be called whatever happened. */
  close(): Promise<void>;
}

/**
 * Starts a process of its own for one statement that only reads. It has opened the database when this returns, and ends
 * with the signal or with the rows.
 *
 * @param path of the database, which may still be empty and need not have that name any longer
 * @throws the signal's reason; what starting a process throws
 */
export async function startQuery(path: string, { maxRows, signal }: QueryOptions): Promise<QueryProcess> {
  signal?.throwIfAborted();
  // What does not fit into memory goes where the database is; SQLite removes such files as soon as it has them open.
  const env = { ...process.env, SQLITE_TMPDIR: tmpdir() };
  const child = spawn(process.execPath, [PROCESS, path, String(maxRows)], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = readLines(child, signal);
  await readHead(lines, 'isOpen');
  return {
    run: async (sql) => {
      // It may be gone before it has read all.
      child.stdin.on('error', () => {}).end(sql);
      const { columns } = await readHead(lines, 'columns');
      const rows = new Rows(lines);
      return { columns: withoutDoubles(columns), rows, isCut: () => rows.isCut };
    },
    close: async () => {
      await lines.return(undefined);
    },
  };
}

async function readHead<K extends string>(
  lines: AsyncGenerator<Line>,
  key: K,
): Promise<Extract<Line, { readonly [_ in K]: unknown }>> {
  const { value } = (await lines.next()) as IteratorResult<Line, undefined>;
  if (value === undefined || !(key in value)) {
    await lines.return(undefined);
    throw sqlError(value !== undefined && 'error' in value ? value.error : 'the query was ended');
  }
  return value as Extract<Line, { readonly [_ in K]: unknown }>;
}

type Line =
  | { readonly isOpen: true }
  | readonly QueryCell[]
  | { readonly columns: readonly string[] }
  | { readonly error: string }
  | { readonly isEnd: true; readonly isCut: boolean };

const MOST_ROW_BYTES = 128 * 1024 * 1024;
const TOO_LONG: Line = { error: 'a row is longer than 128 MiB' };

async function* readLines(
  child: ChildProcessByStdio<Writable, Readable, null>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line> {
  const stop = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  const ended = once(child, 'close');
  // That it could not be started is thrown below, and must not be unhandled until then.
  ended.catch(() => {});
  try {
    for await (const lines of splitLines(child.stdout, MOST_ROW_BYTES)) {
      // A last line without an end is of a process that was killed.
      for (const { text } of lines.filter(({ ended }) => ended)) {
        yield text === undefined ? TOO_LONG : (JSON.parse(text) as Line);
      }
    }
    signal?.throwIfAborted();
  } finally {
    stop();
    await ended;
    signal?.removeEventListener('abort', stop);
  }
}

class Rows implements AsyncIterable<readonly QueryCell[]> {
  readonly #lines: AsyncGenerator<Line>;
  isCut = false;

  constructor(lines: AsyncGenerator<Line>) {
    this.#lines = lines;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly QueryCell[]> {
    for await (const line of this.#lines) {
      if ('error' in line) {
        throw sqlError(line.error);
      }
      if ('isEnd' in line) {
        this.isCut = line.isCut;
        return;
      }
      yield line as readonly QueryCell[];
    }
    throw sqlError('the query was ended');
  }
}

function sqlError(message: string): HoldwaitError {
  return new HoldwaitError('usage', 'SQL_FAILED', `SQL: ${message}`, {
    hint: `\`holdwait query FILE\` prints the columns of the views ${VIEWS.map(({ name }) => name).join(', ')}`,
  });
}

/** `count(*)`, `count(*)_2`: rows become objects. */
function withoutDoubles(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique); i++) {
      unique = `${name}_${i}`;
    }
    taken.add(unique);
    return unique;
  });
}
