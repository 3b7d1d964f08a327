import type { Command } from 'commander';
import { formatPlural } from '../../report/format.ts';
import { summariseLosses } from '../../trace/index.ts';
import { addExamples } from '../shared/examples.ts';
import { withInputSource } from '../shared/load-input.ts';
import { printNote } from '../shared/output.ts';
import { saveSource } from '../shared/save-source.ts';

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

async function importFile(file: string, flags: ImportFlags): Promise<void> {
  const { openSqliteSink } = await import('../../store/sqlite-sink.ts');
  const { events, rest } = await withInputSource(file, 'once more', (source, onProgress) =>
    saveSource(source, (info) => openSqliteSink(flags.output, info, { overwrite: flags.force }), onProgress),
  );
  const { total } = summariseLosses(rest.losses);
  const lost = total === 0 ? '' : `, ${formatPlural(total, 'record')} lost or not understood`;
  printNote(`${flags.output}: ${formatPlural(events, 'event')}${lost}`);
}
