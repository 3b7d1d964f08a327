import { rmSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import { loadScripts } from '../../bpf/bundled.ts';
import { describeCapture, type RunningCapture, startCapture } from '../../bpf/capture.ts';
import type { Program } from '../../bpf/compose.ts';
import { listScriptFunctions } from '../../bpf/diagnose.ts';
import { readTargetFacts, type TargetFacts } from '../../bpf/target-facts.ts';
import { describeStatus } from '../../report/capture-status.ts';
import { escapeText } from '../../report/escape.ts';
import { openArrowSink } from '../../store/arrow-sink.ts';
import { SQLITE_SIDE_FILES } from '../../store/output-file.ts';
import { openSqliteSink } from '../../store/sqlite-sink.ts';
import { quoteWord } from '../../target/shell-quote.ts';
import type { CaptureInfo, TraceSink } from '../../trace/index.ts';
import { addCaptureOptions, type CaptureFlags, toComposeOptions } from '../shared/capture-options.ts';
import { addExamples } from '../shared/examples.ts';
import { ExitStatus } from '../shared/exit-status.ts';
import { fitProgram } from '../shared/fit-program.ts';
import { addNotes } from '../shared/help-notes.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { type OpenedTarget, openNamedTarget } from '../shared/open-target.ts';
import { parseDurationNs } from '../shared/options.ts';
import { printError, printJson, printNote, printText } from '../shared/output.ts';
import { packageVersion } from '../shared/package-version.ts';
import { createProgress, type Progress } from '../shared/progress.ts';
import { beginTimedStep } from '../shared/timed-step.ts';
import { refuseStdout } from '../shared/write-output.ts';

interface CaptureCommandFlags extends CaptureFlags {
  readonly output?: string;
  readonly arrow?: string;
  readonly duration?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const NS_PER_MS = 1e6;

/** `holdwait capture TARGET -o FILE`: records waits and their holders until told to stop. */
export function registerCapture(program: Command): void {
  const command = program
    .command('capture')
    .description('record who waits for whom on a target, until Ctrl-C or for a time')
    .argument('<target>', 'lab, lab:NAME, [user@]host[:port] or local')
    .option('-o, --output <file>', 'SQLite capture to write; holdwait-TARGET-TIME.sqlite unless given')
    .option('--arrow <file>', 'also write the events as an Arrow stream')
    .addOption(
      new Option('--duration <duration>', 'end after this time, and exit 0').argParser(parseDurationNs),
    )
    .option('--force', 'replace a capture that is there already')
    .option('--dry-run', 'print the bpftrace program for this target and attach nothing')
    .option('--json', 'print one object for programs at the end');
  addNotes(command, {
    paragraphs: [
      'Nothing is installed on the target and nothing there is changed. Ctrl-C ends the capture with exit status 130; the file is complete either way.',
    ],
  });
  addExamples(command, [
    ['holdwait capture root@db1 -o hang.sqlite', 'until Ctrl-C'],
    [
      'holdwait capture lab --duration 30s --threshold 0 --arrow events.arrows',
      'every wait of half a minute, twice on disk',
    ],
    ['holdwait capture root@db1 --scripts all', 'locks, freezing, FUSE and hotplug besides'],
    ['holdwait capture local --dry-run', 'only print what would be attached'],
  ]);
  addCaptureOptions(command).action((name: string, flags: CaptureCommandFlags) =>
    withInterrupt(async (signal) => {
      process.exitCode = await runCapture(name, flags, signal);
    }),
  );
}

async function runCapture(name: string, flags: CaptureCommandFlags, signal: AbortSignal): Promise<number> {
  refuseStdout(flags.output);
  refuseStdout(flags.arrow, 'Name a file with --arrow.');
  const scripts = loadScripts(flags.scripts);
  const progress = createProgress();
  const opened = await openNamedTarget(name, signal, progress);
  try {
    progress.step(`asking ${name}`);
    const facts = await readTargetFacts(opened.target, listScriptFunctions(scripts), signal);
    const program = fitProgram(name, scripts, facts, flags, progress);
    if (flags.dryRun) {
      progress.end();
      printText(program.text);
      return ExitStatus.ok;
    }
    return await record(name, opened, facts, program, flags, signal, progress);
  } finally {
    progress.end();
    await opened.target.close();
  }
}

async function record(
  name: string,
  opened: OpenedTarget,
  facts: TargetFacts,
  program: Program,
  flags: CaptureCommandFlags,
  signal: AbortSignal,
  progress: Progress,
): Promise<number> {
  const output = flags.output ?? defaultOutput(name);
  const endAttaching = beginTimedStep(progress, `attaching ${program.probeCount} probes on ${name}`);
  const setup = {
    program,
    facts,
    thresholdMs: toComposeOptions(flags).thresholdMs,
    holdwaitVersion: packageVersion(),
  };
  // Apart, for what it throws: a file that is there already must not be taken for one of ours below.
  const sinks = openSinks(output, describeCapture(opened.target.name, setup), flags);
  let received = 'nothing';
  const capture = await startCapture(opened.target, {
    ...setup,
    sinks,
    signal,
    machineEnd: opened.machineEnd,
    onStatus: (status) => {
      received = describeStatus({ ...status, eventsPerSecond: undefined });
      progress.detail(describeStatus(status));
    },
  }).catch((error: unknown) => {
    removeOutputs(output, flags);
    throw error;
  });
  endAttaching();
  const totalMs = flags.duration === undefined ? undefined : flags.duration / NS_PER_MS;
  progress.step(`capturing ${name} (Ctrl-C ends it)`, { totalMs });
  const info = await untilEnd(capture, flags.duration);
  progress.end();
  const status = signal.aborted ? ExitStatus.interrupted : endStatus(info, flags);
  if (flags.json) {
    printJson({ output, arrow: flags.arrow, ...info });
  } else {
    sayWhereItIs(output, received, info, status);
  }
  return status;
}

function openSinks(output: string, info: CaptureInfo, flags: CaptureCommandFlags): TraceSink[] {
  const options = { overwrite: flags.force ?? false };
  const sinks = [openSqliteSink(output, info, options)];
  return flags.arrow === undefined ? sinks : [...sinks, openArrowSink(flags.arrow, info, options)];
}

/** An empty capture would only stand in the way of the next try. */
function removeOutputs(output: string, flags: CaptureCommandFlags): void {
  const files = [output, ...SQLITE_SIDE_FILES.map((suffix) => output + suffix)];
  for (const path of flags.arrow === undefined ? files : [...files, flags.arrow]) {
    rmSync(path, { force: true });
  }
}

async function untilEnd(capture: RunningCapture, durationNs: number | undefined): Promise<CaptureInfo> {
  const timer =
    durationNs === undefined ? undefined : setTimeout(() => capture.stop('duration'), durationNs / NS_PER_MS);
  try {
    return await capture.done;
  } finally {
    clearTimeout(timer);
  }
}

function sayWhereItIs(output: string, received: string, info: CaptureInfo, status: number): void {
  const reason = escapeText(info.endReason ?? '');
  const print = status === ExitStatus.target ? printError : printNote;
  if (status === ExitStatus.target) {
    print(`holdwait: the capture of ${info.target} ended by itself: ${reason}`);
    print(`${output} holds what was received until then: ${received}`);
  } else {
    print(`${output}: ${received}; ended by: ${reason}`);
  }
  print(`hint: \`holdwait analyze ${quoteWord(output)}\` says who waits for whom`);
  if (status === ExitStatus.target && info.target?.startsWith('lab:')) {
    print(`hint: \`holdwait lab logs ${info.target.slice('lab:'.length)}\` shows the guest's console`);
  }
}

/** A capture that ended by itself before its time is the target's failure, however much was received. */
function endStatus(info: CaptureInfo, flags: CaptureCommandFlags): number {
  const asPlanned = info.endReason === 'duration' && flags.duration !== undefined;
  return asPlanned ? ExitStatus.ok : ExitStatus.target;
}

function defaultOutput(name: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `holdwait-${name.replace(/[^\w.-]+/g, '-')}-${time}.sqlite`;
}
