import { type Command, Option } from 'commander';
import { analyzeTrace } from '../../../analysis/index.ts';
import { openConsoleTarget } from '../../lab/console-shell.ts';
import { escapeText } from '../../report/escape.ts';
import { listReadings } from '../../snapshot/machine-files.ts';
import { READER_SCRIPT } from '../../snapshot/reader-script.ts';
import { decodeSnapshot } from '../../snapshot/snapshot-trace.ts';
import { takeSnapshot } from '../../snapshot/take-snapshot.ts';
import { openSqliteSink } from '../../store/sqlite-sink.ts';
import { parseTargetName } from '../../target/parse-target.ts';
import { quoteWord } from '../../target/shell-quote.ts';
import { errorText, HoldwaitError, openTrace } from '../../trace/index.ts';
import { type AnalysisFlags, addAnalysisOptions, toAnalyzeOptions } from '../shared/analysis-options.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { openNamedTarget } from '../shared/open-target.ts';
import { parseDurationNs } from '../shared/options.ts';
import { printText } from '../shared/output.ts';
import { packageVersion } from '../shared/package-version.ts';
import { printAnalysis } from '../shared/print-analysis.ts';
import { createProgress, type Progress } from '../shared/progress.ts';
import { saveSource } from '../shared/save-source.ts';
import { addTextOptions, type TextFlags } from '../shared/text-options.ts';
import { refuseStdout } from '../shared/write-output.ts';

interface SnapshotFlags extends AnalysisFlags, TextFlags {
  readonly output?: string;
  readonly interval: number;
  readonly bpftrace: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const NS_PER_MS = 1e6;
/** What stands still for as long as a hang has to last is one by the usual rule. */
const DEFAULT_INTERVAL_NS = 10e9;

/** `holdwait snapshot TARGET`: who waits for whom on a machine that is hung now and was not traced before. */
export function registerSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description('look at a machine that is hung now, without having traced it, and say who waits for whom')
    .argument('<target>', 'lab, lab:NAME, [user@]host[:port] or local')
    .option('-o, --output <file>', 'SQLite capture to write; holdwait-TARGET-TIME.sqlite unless given')
    .addOption(
      new Option('--interval <duration>', 'between the two looks that tell stuck from slow')
        .argParser(parseDurationNs)
        .default(DEFAULT_INTERVAL_NS, '10s'),
    )
    .option('--no-bpftrace', 'do not read the owners of locks')
    .option('--force', 'replace a capture that is there already')
    .option('--dry-run', 'say what would be read, and how, and connect to nothing')
    .option('--json', 'print one object for programs; `holdwait schema` describes it');
  addNotes(command, {
    paragraphs: [
      'Nothing is installed on the target and nothing there is changed. All that is read is read by shells that are started at once, over one connection, and that start no other process: a machine that can still be reached need not be able to fork. Each file has its time; one whose reader does not come back is left out and counted. Owners of locks are read with bpftrace, which attaches nothing, unless the stacks show that even this might block.',
    ],
    exitStatus:
      '0 nothing stands still, 1 a finding (deadlock, suspected, hang), 3 the target cannot be read',
  });
  addExamples(command, [
    ['holdwait snapshot root@db1', 'what is hung there, and behind whom'],
    ['holdwait snapshot lab -o hung.sqlite --interval 3s', 'looks twice within three seconds'],
    ['holdwait snapshot local --no-bpftrace --json', 'stacks alone, for programs'],
    ['holdwait analyze hung.sqlite --full-stacks', 'the same again, later'],
  ]);
  addTextOptions(addAnalysisOptions(command)).action((name: string, flags: SnapshotFlags) =>
    withInterrupt(async (signal) => {
      process.exitCode = await runSnapshot(name, flags, signal);
    }),
  );
}

async function runSnapshot(name: string, flags: SnapshotFlags, signal: AbortSignal): Promise<number> {
  refuseStdout(flags.output);
  const analyzeOptions = toAnalyzeOptions(flags);
  if (flags.dryRun) {
    printText(describeReadings(name, flags));
    return 0;
  }
  const progress = createProgress();
  try {
    const { target, oneByOne } = await openTargetOrConsole(name, signal, progress);
    try {
      const snapshot = await takeSnapshot(target, {
        intervalMs: flags.interval / NS_PER_MS,
        bpftrace: flags.bpftrace,
        oneByOne,
        signal,
        onStep: (text) => progress.step(text),
        onDetail: (text) => progress.detail(text),
      });
      const trace = decodeSnapshot(snapshot, packageVersion());
      const output = flags.output ?? defaultOutput(name);
      await saveSource(openTrace(trace), (info) => openSqliteSink(output, info, { overwrite: flags.force }));
      progress.end();
      for (const note of snapshot.notes) {
        progress.note(`holdwait: ${escapeText(note)}`);
      }
      progress.note(`${output}: what was read; \`holdwait analyze ${quoteWord(output)}\` says this again`);
      return printAnalysis(analyzeTrace(trace, analyzeOptions), flags);
    } finally {
      await target.close();
    }
  } finally {
    progress.end();
  }
}

/** A guest that takes no new login still has the shell on its serial console. */
async function openTargetOrConsole(name: string, signal: AbortSignal, progress: Progress) {
  const spec = parseTargetName(name);
  try {
    return { ...(await openNamedTarget(name, signal, progress)), oneByOne: false };
  } catch (error) {
    if (spec.type !== 'lab' || signal.aborted || !isSilent(error)) {
      throw error;
    }
    progress.note(`holdwait: ${errorText(error)}; going on over its serial console`);
    return { target: openConsoleTarget(spec.lab), oneByOne: true };
  }
}

/** The guest runs and does not let anyone in. */
function isSilent(error: unknown): boolean {
  return error instanceof HoldwaitError && !error.code.startsWith('LAB_');
}

function describeReadings(name: string, { interval, bpftrace }: SnapshotFlags): string {
  return [
    `# On ${name}, twice ${interval / 1e9} s apart, by a shell that is given the names line by line:`,
    ...listReadings().map((line) => `#   ${line}`),
    '# Once: dmesg, started with the shells',
    bpftrace
      ? '# Once, if tasks stand still and it cannot block: bpftrace with an iterator over the tasks (owners of locks)'
      : '# No bpftrace',
    '',
    READER_SCRIPT,
  ].join('\n');
}

function defaultOutput(name: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `holdwait-${name.replace(/[^\w.-]+/g, '-')}-${time}.sqlite`;
}
