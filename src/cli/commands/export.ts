import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { fileError, HoldwaitError, type Trace, writeNdjson } from '../../trace/index.ts';
import { addExamples } from '../shared/examples.ts';
import { loadInput } from '../shared/load-input.ts';
import { saveTrace } from '../shared/save-trace.ts';

const FORMATS = ['ndjson', 'arrow'] as const;

interface ExportFlags {
  readonly format?: (typeof FORMATS)[number];
  readonly output?: string;
  readonly force?: boolean;
}

/** `holdwait export FILE`: the events of a capture for other programs. */
export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('write the events of a capture for other programs')
    .argument('<file>', 'capture, as for `analyze`')
    .addOption(
      new Option(
        '--format <format>',
        "how to write; arrow if that is the output's extension, else ndjson",
      ).choices(FORMATS),
    )
    .option('-o, --output <file>', 'file to write; standard output unless given')
    .option('--force', 'replace a file that is there already')
    .action(exportFile);
  addExamples(command, [
    ['holdwait export hang.sqlite | head', 'its events as lines of JSON'],
    ['holdwait export hang.sqlite -o hang.arrow', 'as an Arrow file'],
  ]);
}

async function exportFile(file: string, flags: ExportFlags): Promise<void> {
  const format = flags.format ?? (/^\.arrows?$/.test(extname(flags.output ?? '')) ? 'arrow' : 'ndjson');
  if (format === 'arrow' && flags.output === undefined) {
    throw new HoldwaitError('usage', 'OUTPUT_NEEDED', 'Arrow is binary and goes into a file', {
      hint: `holdwait export ${file} --format arrow -o events.arrows`,
    });
  }
  const trace = await loadInput(file);
  await (format === 'arrow' ? exportArrow(trace, flags.output!, flags) : exportNdjson(trace, flags));
}

async function exportArrow(trace: Trace, output: string, { force }: ExportFlags): Promise<void> {
  const { openArrowSink } = await import('../../store/arrow-sink.ts');
  await saveTrace(trace, openArrowSink(output, trace.info, { overwrite: force }));
}

async function exportNdjson(trace: Trace, { output, force }: ExportFlags): Promise<void> {
  const lines = Readable.from(writeNdjson(trace));
  if (output === undefined) {
    await pipeline(lines, process.stdout, { end: false }).catch(ignoreClosedPipe);
    return;
  }
  try {
    await pipeline(lines, createWriteStream(output, { flags: force ? 'w' : 'wx' }));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? existsError(output) : fileError(output, error);
  }
}

/** `| head` has seen enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw error;
  }
}

function existsError(output: string): HoldwaitError {
  return new HoldwaitError('usage', 'OUTPUT_EXISTS', `${output} exists already`, {
    hint: 'Name another file with -o, or add --force.',
  });
}
