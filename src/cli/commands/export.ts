import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { DEFAULT_WAITS } from '../../../analysis/index.ts';
import { EXPORT_TABLES, type ExportFormat, type ExportTableName } from '../../export/format.ts';
import { EXPORT_FORMATS } from '../../export/formats.ts';
import { formatCount } from '../../report/format.ts';
import { quoteWord } from '../../target/shell-quote.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { type AnalysisFlags, addAnalysisOptions, toAnalyzeOptions } from '../shared/analysis-options.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { withInputSource } from '../shared/load-input.ts';
import { parsePositiveInt } from '../shared/options.ts';
import { packageVersion } from '../shared/package-version.ts';
import { checkOutput, refuseInput, STDOUT, writeOutput } from '../shared/write-output.ts';

interface ExportFlags extends AnalysisFlags {
  readonly format?: string;
  readonly table?: ExportTableName;
  readonly maxSlices?: number;
  readonly output?: string;
  readonly force?: boolean;
}

/** `holdwait export FILE`: a capture, or what it tells, for other programs. */
export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('write a capture, or what it tells, for other programs')
    .argument('<file>', 'capture, as for `analyze`')
    .addOption(
      new Option(
        '--format <format>',
        "how to write, see below; unless given told by the output's extension, else ndjson",
      ).choices(EXPORT_FORMATS.map(({ name }) => name)),
    )
    .addOption(
      new Option(
        '--table <table>',
        `what to write as rows and columns; ${EXPORT_TABLES[0]} unless given`,
      ).choices(EXPORT_TABLES),
    )
    .option(
      '--max-slices <n>',
      `waits to draw, and half as many holds; the shortest of more are left out; ${formatCount(DEFAULT_WAITS)} unless given`,
      parsePositiveInt,
    )
    .option('-o, --output <file>', 'file to write; - = standard output, also if none is given')
    .option('--force', 'replace a file that is there already');
  addAnalysisOptions(command).action(exportFile);
  addNotes(command, { paragraphs: EXPORT_FORMATS.map(describeFormat) });
  addExamples(command, [
    ['holdwait export hang.sqlite -o events.ndjson', 'every event, for programs and for `holdwait import`'],
    ['holdwait export hang.sqlite | head', 'the first lines of that'],
    ['holdwait export hang.sqlite -o events.arrow', 'the same as a table, for pandas and polars'],
    [
      'holdwait export hang.sqlite --table waits -o waits.parquet',
      'every wait with its task, resource and blocker',
    ],
    ['holdwait export hang.sqlite --format chrome-trace -o hang.json', 'for ui.perfetto.dev'],
    ['holdwait export hang.sqlite --format mail', 'text for a kernel mailing list'],
    ['holdwait export hang.sqlite --format dot | dot -Tsvg > hang.svg', 'who waits for whom, drawn'],
  ]);
}

/** `csv (.csv): a table as …`. */
function describeFormat({ name, extensions, description }: ExportFormat): string {
  return `${name} (${extensions.join(' ')}): ${description}.`;
}

async function exportFile(file: string, flags: ExportFlags): Promise<void> {
  const { output = STDOUT, force } = flags;
  const format = chooseFormat(flags);
  checkFlags(file, format, flags);
  checkOutput(output, flags);
  const write = await format.load();
  const options = {
    file,
    table: flags.table ?? EXPORT_TABLES[0],
    maxSlices: flags.maxSlices,
    analyze: toAnalyzeOptions(flags),
    version: packageVersion(),
  };
  await withInterrupt((signal) =>
    withInputSource(file, 'once more', signal, (source, onProgress) =>
      writeOutput(output, write(source, options, onProgress), {
        force,
        signal,
      }),
    ),
  );
}

function chooseFormat({ format, output = STDOUT }: ExportFlags): ExportFormat {
  const extension = extname(output).toLowerCase();
  const found = EXPORT_FORMATS.find(({ name, extensions }) =>
    format === undefined ? extensions.includes(extension) : name === format,
  );
  if (found !== undefined) {
    return found;
  }
  if (extension !== '') {
    const known = EXPORT_FORMATS.flatMap(({ extensions }) => extensions).join(' ');
    throw new HoldwaitError('usage', 'FORMAT_UNKNOWN', `no format is known by the extension ${extension}`, {
      hint: `Add --format, or use one of ${known}`,
    });
  }
  return EXPORT_FORMATS[0]!;
}

function checkFlags(file: string, format: ExportFormat, flags: ExportFlags): void {
  const { output = STDOUT, table, maxSlices } = flags;
  const command = `holdwait export ${quoteWord(file)} --format ${format.name}`;
  if (table !== undefined && !format.hasTables) {
    throw notOfFormat('--table', `${format.name} has no tables`, ({ hasTables }) => hasTables);
  }
  if (maxSlices !== undefined && !format.hasSlices) {
    throw notOfFormat('--max-slices', `${format.name} has no slices`, ({ hasSlices }) => hasSlices === true);
  }
  if (format.isBinary && output === STDOUT && process.stdout.isTTY) {
    throw new HoldwaitError('usage', 'OUTPUT_NEEDED', `${format.name} is binary and not for a terminal`, {
      hint: `${command} -o capture${format.extensions[0] ?? ''}`,
    });
  }
  if (flags.force && output === STDOUT) {
    throw new HoldwaitError('usage', 'OPTION_NEEDS_OUTPUT', '--force is about a file, and none is named', {
      hint: 'Add -o FILE.',
    });
  }
  refuseInput(file, output);
}

function notOfFormat(
  option: string,
  fact: string,
  isMeant: (format: ExportFormat) => boolean,
): HoldwaitError {
  const names = EXPORT_FORMATS.filter(isMeant).map(({ name }) => name);
  return new HoldwaitError('usage', 'OPTION_NOT_OF_FORMAT', fact, {
    hint: `${option} goes with --format ${names.join(', ')}`,
  });
}
