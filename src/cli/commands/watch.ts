import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { loadScripts } from '../../bpf/bundled.ts';
import { listScriptFunctions } from '../../bpf/diagnose.ts';
import { readTargetFacts } from '../../bpf/target-facts.ts';
import { createCommandRing } from '../../watch/command-ring.ts';
import { Watch, type WatchEnd, type WatchTarget } from '../../watch/watch.ts';
import type { FindingEvent, WatchEvent } from '../../watch/watch-event.ts';
import { createWebhookRing } from '../../watch/webhook-ring.ts';
import { type AnalysisFlags, addAnalysisOptions, toAnalyzeOptions } from '../shared/analysis-options.ts';
import { addCaptureOptions, type CaptureFlags, toComposeOptions } from '../shared/capture-options.ts';
import { addExamples } from '../shared/examples.ts';
import { ExitStatus } from '../shared/exit-status.ts';
import { fitProgram } from '../shared/fit-program.ts';
import { addNotes, type HelpNotes } from '../shared/help-notes.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { openNamedTarget } from '../shared/open-target.ts';
import { parseDurationNs, parsePositiveInt, parseSizeBytes } from '../shared/options.ts';
import { paletteFor, printText } from '../shared/output.ts';
import { packageVersion } from '../shared/package-version.ts';
import { createProgress, type Progress } from '../shared/progress.ts';
import { addTextOptions, type TextFlags, toTextStyle } from '../shared/text-options.ts';
import { beginTimedStep } from '../shared/timed-step.ts';
import { defaultWatchFolder, withWatchFolder } from '../watch/watch-folder.ts';
import { renderWatchEvent, sumUpFinding } from '../watch/watch-printer.ts';
import { WatchScreen } from '../watch/watch-screen.ts';

interface WatchFlags extends CaptureFlags, AnalysisFlags, TextFlags {
  readonly output?: string;
  readonly keep: number;
  readonly keepSize: number;
  readonly maxSaved: number;
  readonly suspectAfter: number;
  readonly exec: readonly string[];
  readonly webhook: readonly URL[];
  readonly duration?: number;
  readonly untilFinding?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
}

const NS_PER_MS = 1e6;
const DEFAULT_KEEP_NS = 600e9;
const DEFAULT_KEEP_BYTES = 2 ** 30;
const DEFAULT_MAX_SAVED = 20;
const DEFAULT_SUSPECT_AFTER_NS = 10e9;
/** Findings that are said again when the screen is gone, the newest. */
const MOST_SUMMED_UP = 100;

/** `holdwait watch TARGET`: says a deadlock when it happens, and saves what led up to it. */
export function registerWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('watch a target for days: say a deadlock when it happens, and save what led up to it')
    .argument('<target>', 'lab, lab:NAME, [user@]host[:port] or local');
  addWindowOptions(command);
  addRingOptions(command)
    .addOption(
      new Option('--suspect-after <duration>', 'a cycle that is only suspected is said when it stood so long')
        .argParser(parseDurationNs)
        .default(DEFAULT_SUSPECT_AFTER_NS, '10s'),
    )
    .addOption(new Option('--duration <duration>', 'end after this time').argParser(parseDurationNs))
    .option('--until-finding', 'end at the first finding')
    .option('--dry-run', 'print the bpftrace program for this target and attach nothing')
    .option('--json', 'print each event as one line of JSON')
    .option('--plain', 'print events as text on a terminal, too, and draw no screen');
  addNotes(command, NOTES);
  addExamples(command, [
    ['holdwait watch root@db1', 'on a screen, until Ctrl-C'],
    [
      'holdwait watch root@db1 --json --keep 30m -o /var/lib/holdwait | tee -a events.ndjson',
      'as a service would run it',
    ],
    ['holdwait watch lab --scripts all --until-finding', 'until something hangs'],
    [`holdwait watch root@db1 --exec 'mail -s "$HOLDWAIT_EVENT on $HOLDWAIT_TARGET" oncall'`, 'send a mail'],
    ['holdwait watch root@db1 --webhook https://chat.example/hook', 'tell a chat'],
  ]);
  addTextOptions(addAnalysisOptions(addCaptureOptions(command))).action((name: string, flags: WatchFlags) =>
    withInterrupt(async (signal) => {
      process.exitCode = await runWatch(name, flags, signal);
    }),
  );
}

function addWindowOptions(command: Command): void {
  command
    .option(
      '-o, --output <dir>',
      'folder of the window and the saved captures; in the XDG state folder unless given',
    )
    .addOption(
      new Option('--keep <duration>', 'how much of the past is kept on disk')
        .argParser(parseDurationNs)
        .default(DEFAULT_KEEP_NS, '10m'),
    )
    .addOption(
      new Option('--keep-size <size>', 'and no more of it than this')
        .argParser(parseSizeBytes)
        .default(DEFAULT_KEEP_BYTES, '1G'),
    )
    .addOption(
      new Option('--max-saved <n>', 'saved captures that are kept, the newest')
        .argParser(parsePositiveInt)
        .default(DEFAULT_MAX_SAVED),
    );
}

function addRingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--exec <command>',
        'run this for what is found, lost and over: the event as JSON on its input; may be repeated',
      )
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .addOption(
      new Option('--webhook <url>', 'post the same to this address; may be repeated')
        .argParser((text: string, before: readonly URL[]) => [...before, parseWebhook(text)])
        .default([], 'none'),
    );
}

const NOTES: HelpNotes = {
  paragraphs: [
    'A deadlock is said when the tracer has walked its open waits once more and the cycle still stands; a suspected one when it has stood for --suspect-after, a hang when a wait has lasted for --hang-threshold. Each is said once, and once more when it is over. What led up to it is saved as a capture, also what is older than the window and still open.',
    'A target that is lost is tried again until it is back; what was missed is said.',
    '--exec runs with sh -c; HOLDWAIT_EVENT (deadlock, suspected, hang, resolved, lost, reconnected), HOLDWAIT_TARGET, HOLDWAIT_AT, HOLDWAIT_ID, HOLDWAIT_CAPTURE, HOLDWAIT_SIGNATURE and HOLDWAIT_TASKS are set. It has a minute. What fails is said and does not stop the watch.',
  ],
  exitStatus:
    'with --duration and --until-finding 0 nothing found, 1 a finding; 3 the target cannot be reached at first or is lost at the end; 130 Ctrl-C',
};

function parseWebhook(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new InvalidArgumentError('An address of the form http://… or https://… without a user is needed.');
  }
  return url;
}

async function runWatch(name: string, flags: WatchFlags, signal: AbortSignal): Promise<number> {
  const scripts = loadScripts(flags.scripts);
  const progress = createProgress();
  const open = async (attempt: AbortSignal, steps: Progress): Promise<WatchTarget> => {
    const opened = await openNamedTarget(name, attempt, steps);
    try {
      steps.step(`asking ${name}`);
      const facts = await readTargetFacts(opened.target, listScriptFunctions(scripts), attempt);
      const program = fitProgram(name, scripts, facts, flags, steps);
      return { ...opened, facts, program };
    } catch (error) {
      await opened.target.close();
      throw error;
    }
  };
  try {
    if (flags.dryRun) {
      const { target, program } = await open(signal, progress);
      progress.end();
      printText(program.text);
      await target.close();
      return ExitStatus.ok;
    }
    const folder = resolve(flags.output ?? defaultWatchFolder(name));
    return await withWatchFolder(folder, () => watchInto(folder, name, flags, open, signal, progress));
  } finally {
    progress.end();
  }
}

async function watchInto(
  folder: string,
  name: string,
  flags: WatchFlags,
  open: (signal: AbortSignal, steps: Progress) => Promise<WatchTarget>,
  signal: AbortSignal,
  progress: Progress,
): Promise<number> {
  const durationMs = flags.duration === undefined ? undefined : flags.duration / NS_PER_MS;
  const screen =
    process.stdout.isTTY && !flags.json && !flags.plain
      ? new WatchScreen(name, folder, durationMs, process.stdout, paletteFor(process.stdout))
      : undefined;
  const found: string[] = [];
  let steps = progress;
  let endAttaching = () => {};
  const watch = new Watch({
    targetName: name,
    open: async (attempt) => {
      const opened = await open(attempt, steps);
      endAttaching = beginTimedStep(steps, `attaching ${opened.program.probeCount} probes on ${name}`);
      return opened;
    },
    thresholdMs: toComposeOptions(flags).thresholdMs,
    holdwaitVersion: packageVersion(),
    analyze: toAnalyzeOptions(flags),
    suspectAfterNs: flags.suspectAfter,
    folder,
    keepNs: flags.keep,
    keepBytes: flags.keepSize,
    maxSaved: flags.maxSaved,
    rings: [
      ...flags.exec.map((command) => createCommandRing(command)),
      ...flags.webhook.map((url) => createWebhookRing(url)),
    ],
    durationMs,
    untilFinding: flags.untilFinding,
    signal,
    onEvent: (event) => {
      if (event.event === 'started') {
        endAttaching();
        progress.end();
        // Later attempts are told as events.
        steps = createProgress({ verbosity: 'quiet' });
        screen?.start(watch);
      }
      if ('analysis' in event) {
        found.splice(0, found.length - MOST_SUMMED_UP + 1);
        found.push(sumUp(event));
      }
      screen === undefined ? printEvent(event, flags) : screen.add(event);
    },
  });
  try {
    return statusOf(await watch.run(), signal, flags);
  } finally {
    if (screen !== undefined) {
      screen.end();
      printSummary(found, folder);
    }
  }
}

function printEvent(event: WatchEvent, flags: WatchFlags): void {
  const text = flags.json ? JSON.stringify(event) : renderWatchEvent(event, toTextStyle(flags));
  if (text !== undefined) {
    printText(text);
  }
}

function sumUp(event: FindingEvent): string {
  return `${event.at}  ${sumUpFinding(event)}\n  hint: \`holdwait analyze ${event.capture}\``;
}

/** What was on the screen last is gone with it. */
function printSummary(found: readonly string[], folder: string): void {
  for (const text of found) {
    printText(text);
  }
  if (found.length === 0) {
    printText(`nothing found; the window is in ${folder}`);
  }
}

function statusOf({ findings, connected }: WatchEnd, signal: AbortSignal, flags: WatchFlags): number {
  if (signal.aborted) {
    return ExitStatus.interrupted;
  }
  if (findings > 0) {
    return ExitStatus.finding;
  }
  return connected && flags.duration !== undefined ? ExitStatus.ok : ExitStatus.target;
}
