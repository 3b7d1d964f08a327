import { type Command, Option } from 'commander';
import { DEFAULT_KERNEL, KERNELS, type KernelName } from '../../lab/kernels.ts';
import {
  chooseRun,
  listScenarios,
  loadScenario,
  type Scenario,
  type ScenarioWay,
} from '../../lab/scenario.ts';
import { renderReproHead, renderReproTail } from '../../report/render-repro.ts';
import { renderReproSummary } from '../../report/render-repro-summary.ts';
import { renderScenarios } from '../../report/render-scenarios.ts';
import { renderText } from '../../report/render-text.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { makeOutputFolder, outputPath } from '../repro/output-path.ts';
import { describePlan } from '../repro/plan.ts';
import { exitStatusOf, isExpected, type ReproOutcome } from '../repro/result.ts';
import { runAll } from '../repro/run-all.ts';
import { runScenario } from '../repro/run-scenario.ts';
import {
  addProgramOptions,
  type CaptureFlags,
  scriptsOption,
  toComposeOptions,
} from '../shared/capture-options.ts';
import { addExamples } from '../shared/examples.ts';
import { ExitStatus } from '../shared/exit-status.ts';
import { addNotes } from '../shared/help-notes.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { showLabProgress } from '../shared/lab-progress.ts';
import { parsePositiveInt } from '../shared/options.ts';
import { printJson, printText } from '../shared/output.ts';
import { createProgress, type Progress } from '../shared/progress.ts';
import { addTextOptions, type TextFlags, toTextStyle } from '../shared/text-options.ts';
import { refuseStdout } from '../shared/write-output.ts';

interface ReproFlags extends Omit<CaptureFlags, 'scripts'>, TextFlags {
  readonly all?: boolean;
  readonly list?: boolean;
  readonly kernel: KernelName;
  readonly control?: boolean;
  readonly potential?: boolean;
  readonly keep?: boolean;
  readonly attempts: number;
  readonly output?: string;
  readonly scripts?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `holdwait repro ID`: makes a documented hang happen on a real kernel, under capture, and names it. */
export function registerRepro(program: Command): void {
  const command = program
    .command('repro')
    .description('make a documented hang happen in a lab guest, capture it and name it')
    .argument('[id]', 'scenario; --list shows them')
    .option('--all', 'all scenarios, one after the other, with a table of them at the end')
    .option('--list', 'list the scenarios, with the kernels that each cannot happen on, and end')
    .addOption(
      new Option('--kernel <version>', 'kernel of the guest').choices(KERNELS).default(DEFAULT_KERNEL),
    )
    .option('--control', 'leave the fix in place: must come out clean')
    .option(
      '--potential',
      'undo the fix, and do nothing to make it hang: must come out clean, and known as a potential deadlock',
    )
    .option(
      '-o, --output <path>',
      'capture to write, or with --all the folder for them; ID-KERNEL[-control|-potential].sqlite unless given, replaced if it is there',
    )
    .option('--keep', 'leave the guest up, hung as it is (one scenario only)')
    .addOption(
      new Option('--attempts <n>', 'try again, this often at most, until the outcome is the expected one')
        .argParser(parsePositiveInt)
        .default(1),
    )
    .addOption(scriptsOption('; unless given those that the scenario names'))
    .option('--dry-run', 'say what would be done and end')
    .option('--json', 'print one object for programs; with --all one a line, each as its scenario ends');
  addNotes(command, {
    paragraphs: [
      "The first run builds the guest's image, which takes some minutes; later runs take about one. The hang stays inside the guest.",
      "With --all a lab that fails is that scenario's result, and the others are run all the same.",
    ],
    exitStatus: '0 the expected outcome (of each), 1 another one, 3 a lab failed',
  });
  addExamples(command, [
    ['holdwait repro --list', 'what there is, and what each needs'],
    ['holdwait repro ext4-fault-writeback', 'hang, capture, verdict'],
    ['holdwait repro ext4-fault-writeback --control --json', 'with the fix in place, for programs'],
    ['holdwait repro ext4-fault-writeback --potential', 'named although nothing hangs'],
    ['holdwait repro ext4-fault-writeback --kernel 6.12', 'on another kernel'],
    ['holdwait repro --all -o captures', 'all of them, and a table at the end'],
    ['holdwait repro --all --control --json', 'all must come out clean; a line of JSON each'],
  ]);
  addTextOptions(addProgramOptions(command)).action((id: string | undefined, flags: ReproFlags) =>
    withInterrupt(async (signal) => {
      process.exitCode = await runRepro(id, flags, signal);
    }),
  );
}

async function runRepro(id: string | undefined, flags: ReproFlags, signal: AbortSignal): Promise<number> {
  if (flags.list) {
    return printScenarios(flags);
  }
  refuseStdout(flags.output);
  const scenarios = chooseScenarios(id, flags);
  if (flags.dryRun) {
    printText(scenarios.map((scenario) => planText(scenario, flags)).join('\n\n'));
    return ExitStatus.ok;
  }
  const progress = createProgress();
  try {
    return flags.all
      ? await runEach(scenarios, flags, signal, progress)
      : await runSingle(scenarios[0]!, flags, signal, progress);
  } finally {
    progress.end();
  }
}

function wayOf({ control, potential }: ReproFlags): ScenarioWay {
  if (control && potential) {
    throw new HoldwaitError('usage', 'CONTROL_AND_POTENTIAL', 'the fix in place or undone, not both', {
      hint: '`--control` leaves it in place, `--potential` undoes it; give one of them.',
    });
  }
  return control ? 'control' : potential ? 'potential' : 'hang';
}

function chooseScenarios(id: string | undefined, flags: ReproFlags): readonly Scenario[] {
  const { all, keep } = flags;
  if (all && (id !== undefined || keep)) {
    const fact = keep ? '--keep would leave up one guest for each scenario' : 'a scenario or --all, not both';
    throw new HoldwaitError('usage', 'SCENARIO_AND_ALL', fact, {
      hint: 'One with its guest: `holdwait repro ID --keep`; all: `holdwait repro --all`.',
    });
  }
  if (id === undefined && !all) {
    throw new HoldwaitError('usage', 'SCENARIO_MISSING', 'which scenario?', {
      hint: `Choose from: ${listScenarios().join(', ')}; for example \`holdwait repro ${listScenarios()[0]}\`, or --all.`,
    });
  }
  const way = wayOf(flags);
  const named = (id === undefined ? listScenarios() : [id]).map((name) => loadScenario(name));
  const chosen = named.filter((scenario) => chooseRun(scenario, way).words !== undefined);
  if (chosen.length === 0) {
    throw new HoldwaitError(
      'usage',
      'SCENARIO_NOT_POTENTIAL',
      `${id ?? 'no scenario'} cannot be run without its hang`,
      {
        hint: 'Those that can: `holdwait repro --all --potential --dry-run`.',
      },
    );
  }
  return chosen;
}

async function runSingle(
  scenario: Scenario,
  flags: ReproFlags,
  signal: AbortSignal,
  progress: Progress,
): Promise<number> {
  const outcome = await runAttempts(scenario, flags, signal, progress);
  progress.end();
  if (flags.json) {
    printJson(outcome);
  } else {
    printOutcome(outcome, flags);
  }
  return exitStatusOf([outcome]);
}

/** What has been found out by the time of an interrupt or mistake is printed all the same. */
async function runEach(
  scenarios: readonly Scenario[],
  flags: ReproFlags,
  signal: AbortSignal,
  progress: Progress,
): Promise<number> {
  const outcomes: ReproOutcome[] = [];
  if (flags.output !== undefined) {
    makeOutputFolder(flags.output);
  }
  try {
    await runAll(scenarios, {
      kernel: flags.kernel,
      way: wayOf(flags),
      signal,
      progress,
      run: (scenario, ownProgress) => runAttempts(scenario, flags, signal, ownProgress),
      onOutcome: (outcome) => {
        outcomes.push(outcome);
        printText(flags.json ? JSON.stringify(outcome) : `${briefOutcome(outcome, flags)}\n\n`);
      },
    });
  } finally {
    progress.end();
    if (!flags.json && outcomes.length > 0) {
      printText(renderReproSummary(outcomes, toTextStyle(flags)));
    }
  }
  return exitStatusOf(outcomes);
}

async function runAttempts(
  scenario: Scenario,
  flags: ReproFlags,
  signal: AbortSignal,
  progress: Progress,
): Promise<ReproOutcome> {
  for (let attempt = 1; ; attempt++) {
    const result = await runScenario(scenario, {
      kernel: flags.kernel,
      way: wayOf(flags),
      output: outputPath(scenario.id, { ...flags, way: wayOf(flags) }),
      keep: flags.keep ?? false,
      labName: `repro-${process.pid}`,
      scripts: flags.scripts,
      compose: toComposeOptions(flags),
      signal,
      progress,
      onLabProgress: showLabProgress(progress),
    });
    const expected = isExpected(result, scenario);
    if (attempt >= flags.attempts || expected) {
      return { ...result, attempts: attempt, expected };
    }
    progress.note(`attempt ${attempt} of ${flags.attempts}: ${result.result}; trying again`);
  }
}

function printOutcome(outcome: ReproOutcome, flags: ReproFlags): void {
  const style = toTextStyle(flags);
  const analysis = outcome.analysis === undefined ? [] : [renderText(outcome.analysis, style).trimEnd()];
  printText(
    [renderReproHead(outcome, style), ...analysis, renderReproTail(outcome)]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
}

/** How one of many went: its analysis is one command away. */
function briefOutcome(outcome: ReproOutcome, flags: ReproFlags): string {
  return [renderReproHead(outcome, toTextStyle(flags)), renderReproTail(outcome)]
    .filter((part) => part !== '')
    .join('\n');
}

function printScenarios(flags: ReproFlags): number {
  const scenarios = listScenarios().map((id) => loadScenario(id));
  if (flags.json) {
    printJson(scenarios);
  } else {
    printText(renderScenarios(scenarios, toTextStyle(flags)));
  }
  return ExitStatus.ok;
}

function planText(scenario: Scenario, flags: ReproFlags): string {
  const { kernel, scripts, keep = false, all } = flags;
  const way = wayOf(flags);
  const plan = describePlan(scenario, {
    kernel,
    scripts,
    way,
    keep,
    output: outputPath(scenario.id, { ...flags, way }),
  });
  return all ? `${scenario.id}\n${plan}` : plan;
}
