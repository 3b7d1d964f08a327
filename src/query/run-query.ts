import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
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

/**
 * Runs one statement that only reads, on a database of openCaptureDatabase(), in a process of its own that ends with the
 * signal or with the rows.
 *
 * @throws HoldwaitError (usage) SQL_FAILED, also while rows are read; the signal's reason; what starting a process throws
 */
export async function runQuery(
  path: string,
  sql: string,
  { maxRows, signal }: QueryOptions,
): Promise<QueryResult> {
  const lines = readLines(path, sql, maxRows, signal);
  const first = await lines.next();
  const head = first.value as Line | undefined;
  if (head === undefined || !('columns' in head)) {
    await lines.return(undefined);
    throw sqlError(head !== undefined && 'error' in head ? head.error : 'the query was ended');
  }
  const rows = new Rows(lines);
  return { columns: withoutDoubles(head.columns), rows, isCut: () => rows.isCut };
}

type Line =
  | readonly QueryCell[]
  | { readonly columns: readonly string[] }
  | { readonly error: string }
  | { readonly isEnd: true; readonly isCut: boolean };

const MOST_ROW_BYTES = 128 * 1024 * 1024;
const TOO_LONG: Line = { error: 'a row is longer than 128 MiB' };

async function* readLines(
  path: string,
  sql: string,
  maxRows: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line> {
  signal?.throwIfAborted();
  // What does not fit into memory goes beside the database, and with it.
  const env = { ...process.env, SQLITE_TMPDIR: dirname(path) };
  const child = spawn(process.execPath, [PROCESS, path, String(maxRows)], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const stop = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  const ended = once(child, 'close');
  // That it could not be started is thrown below, and must not be unhandled until then.
  ended.catch(() => {});
  try {
    // It may be gone before it has read all.
    child.stdin.on('error', () => {}).end(sql);
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
