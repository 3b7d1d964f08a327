import { renameSync } from 'node:fs';
import type { Command } from 'commander';
import { formatPlural } from '../../report/format.ts';
import { quoteWord } from '../../target/shell-quote.ts';
import { summariseLosses } from '../../trace/index.ts';
import { addExamples } from '../shared/examples.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { withInputSource } from '../shared/load-input.ts';
import { printNote } from '../shared/output.ts';
import { type SavedSource, saveSource } from '../shared/save-source.ts';
import { refuseInput, refuseStdout, withPartial } from '../shared/write-output.ts';

interface ImportFlags {
  readonly output: string;
  readonly force?: boolean;
}

/** `holdwait import FILE -o OUT`: what another program recorded, as a SQLite capture. */
export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .description('turn what another program recorded into a SQLite capture')
    .argument('<file>', 'NDJSON, Arrow, a kernel log or a capture, told by its content; - = standard input')
    .requiredOption('-o, --output <file>', 'SQLite capture to write')
    .option('--force', 'replace a capture that is there already')
    .action(importFile);
  addExamples(command, [
    ['holdwait import events.ndjson -o hang.sqlite', "another program's events"],
    ['holdwait import console.log -o hang.sqlite', 'what a console log tells of blocked tasks'],
    ['journalctl -k | holdwait import - -o hang.sqlite --force', 'from a pipe, over what was there'],
  ]);
}

async function importFile(file: string, { output, force }: ImportFlags): Promise<void> {
  refuseStdout(
    output,
    `Name a file with -o; \`holdwait export ${quoteWord(file)}\` writes NDJSON to standard output, or --format arrow.`,
  );
  refuseInput(file, output);
  const [{ checkCaptureOutput, removeCapture }, { isCaptureHead }] = await Promise.all([
    import('../../store/output-file.ts'),
    import('../../store/formats.ts'),
  ]);
  checkCaptureOutput(output, { overwrite: force }, isCaptureHead);
  const saved = await withPartial(output, removeCapture, async (partial) => {
    const done = await withInterrupt((signal) => saveFile(file, partial, signal));
    removeCapture(output);
    renameSync(partial, output);
    return done;
  });
  printSaved(output, saved);
}

async function saveFile(file: string, output: string, signal: AbortSignal): Promise<SavedSource> {
  const { openSqliteSink } = await import('../../store/sqlite-sink.ts');
  return withInputSource(file, 'once more', signal, (source, onProgress) =>
    saveSource(source, (info) => openSqliteSink(output, info), onProgress),
  );
}

function printSaved(output: string, { events, rest }: SavedSource): void {
  const { total } = summariseLosses(rest.losses);
  const lost = total === 0 ? '' : `, ${formatPlural(total, 'record')} lost or not understood`;
  printNote(`${output}: ${formatPlural(events, 'event')}${lost}`);
}
