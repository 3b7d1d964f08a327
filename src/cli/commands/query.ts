import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { QueryProcess } from '../../query/run-query.ts';
import { VIEWS } from '../../query/views.ts';
import { formatPlural } from '../../report/format.ts';
import type { RowStyle } from '../../report/render-rows.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { inPieces, printCsvRows, printJsonRows, printTable, type RowPrinter } from '../query/print-rows.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { STDIN } from '../shared/input-file.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { withInputSource } from '../shared/load-input.ts';
import { parseCount } from '../shared/options.ts';
import { layoutWidth, paletteFor, printNote, printText } from '../shared/output.ts';
import { createProgress } from '../shared/progress.ts';
import { addWidthOption } from '../shared/text-options.ts';
import { STDOUT, writeOutput } from '../shared/write-output.ts';

interface QueryFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly maxRows?: number;
  readonly width?: number;
}

/** Of a table, which a person reads. */
const MOST_TABLE_ROWS = 1000;

/** `holdwait query FILE [SQL]`: what a capture tells, as SQL asks for it. */
export function registerQuery(program: Command): void {
  const command = program
    .command('query')
    .description('ask a capture in SQL')
    .argument('<file>', 'capture, as for `analyze`')
    .argument(
      '[sql]',
      'one SELECT over the views; - = from standard input; without it, the views are described',
    )
    .addOption(new Option('--json', 'print one array of objects').conflicts('csv'))
    .option('--csv', 'print comma separated values')
    .addOption(
      new Option(
        '--max-rows <n>',
        `rows to print at most; 0 = all; unless given all, or ${MOST_TABLE_ROWS} as a table`,
      ).argParser(parseCount),
    );
  addWidthOption(command).action(query);
  addNotes(command, {
    paragraphs: [
      `Views: ${VIEWS.map(({ name }) => name).join(', ')}. Times are whole ns since the start of the capture.`,
      'One statement is run, and only if it reads: SELECT, WITH, VALUES or EXPLAIN. Ctrl-C ends it.',
    ],
  });
  addExamples(command, [
    ['holdwait query hang.sqlite', 'the views with their columns, and more examples'],
    [
      'holdwait query hang.sqlite "SELECT task, kind, wait_ms, blocker FROM waits ORDER BY wait_ns DESC LIMIT 10"',
      'the longest waits, and whom they were for',
    ],
    [
      'holdwait query hang.sqlite "SELECT * FROM edges WHERE is_open" --json',
      'who waits for whom when the capture ends, for programs',
    ],
    ['holdwait query hang.sqlite - < blockers.sql', 'a query from a file'],
  ]);
}

async function query(file: string, sql: string | undefined, flags: QueryFlags): Promise<void> {
  const style = { width: layoutWidth(flags.width), palette: paletteFor(process.stdout) };
  if (sql === undefined) {
    await checkCapture(file);
    const { renderViews } = await import('../query/render-views.ts');
    printText(renderViews(file, style));
    return;
  }
  const statement = sql === STDIN ? await readStatement(file) : sql;
  await withInterrupt(async (signal) => {
    const maxRows = chooseMaxRows(flags);
    const database = await openDatabase(file, statement, maxRows, signal);
    try {
      await printAnswer(database, statement, { ...flags, maxRows }, style, signal);
    } finally {
      await database.close();
    }
  });
}

/** A name that was mistyped is said at once. */
async function checkCapture(file: string): Promise<void> {
  if (file !== STDIN) {
    const { nameFormat } = await import('../../store/load-capture.ts');
    nameFormat(file);
  }
}

async function readStatement(file: string): Promise<string> {
  if (file === STDIN) {
    throw new HoldwaitError('usage', 'STDIN_TWICE', 'standard input cannot be both the capture and the SQL', {
      hint: 'Name a file, or give the SQL as an argument.',
    });
  }
  return text(process.stdin);
}

/** 0 = all. */
function chooseMaxRows({ json, csv, maxRows }: QueryFlags): number {
  return maxRows ?? (json || csv ? 0 : MOST_TABLE_ROWS);
}

async function openDatabase(
  file: string,
  sql: string,
  maxRows: number,
  signal: AbortSignal,
): Promise<QueryProcess> {
  const [{ openCaptureDatabase }, { startQuery }] = await Promise.all([
    import('../../query/capture-database.ts'),
    import('../../query/run-query.ts'),
  ]);
  // However it is quoted, a view that is asked about is there by its name.
  const withEvents = /\bevents\b/i.test(sql);
  return withInputSource(file, 'once more', signal, (source, onProgress) =>
    openCaptureDatabase(source, { withEvents }, onProgress, (path) =>
      startQuery(path, { maxRows: maxRows === 0 ? Number.POSITIVE_INFINITY : maxRows, signal }),
    ),
  );
}

async function printAnswer(
  database: QueryProcess,
  sql: string,
  flags: QueryFlags & { readonly maxRows: number },
  style: RowStyle,
  signal: AbortSignal,
): Promise<void> {
  const result = await database.run(sql);
  const progress = createProgress();
  progress.step('running the query');
  try {
    const lines = choosePrinter(flags)(result, style);
    await writeOutput(
      STDOUT,
      untilFirst(inPieces(lines), () => progress.end()),
      { signal },
    );
  } finally {
    progress.end();
  }
  if (result.isCut()) {
    printNote(`the first ${formatPlural(flags.maxRows, 'row')}; --max-rows 0 prints all`);
  }
}

function choosePrinter({ json, csv }: QueryFlags): RowPrinter {
  if (json) {
    return printJsonRows;
  }
  return csv ? printCsvRows : printTable;
}

async function* untilFirst(pieces: AsyncIterable<string>, onFirst: () => void): AsyncGenerator<string> {
  for await (const piece of pieces) {
    onFirst();
    yield piece;
  }
}
