import { type Command, Option } from 'commander';
import { DEFAULT_KERNEL, KERNELS, type KernelName } from '../../lab/kernels.ts';
import { listScenarios, loadScenario, type Scenario } from '../../lab/scenario.ts';
import { renderReproHead, renderReproTail } from '../../report/render-repro.ts';
import { renderText } from '../../report/render-text.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { isExpected, type ReproResult } from '../repro/result.ts';
import { runScenario } from '../repro/run-scenario.ts';
import { addCaptureOptions, type CaptureFlags, toComposeOptions } from '../shared/capture-options.ts';
import { ExitStatus } from '../shared/exit-status.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { showLabProgress } from '../shared/lab-progress.ts';
import { parsePositiveInt } from '../shared/options.ts';
import { printJson, printText } from '../shared/output.ts';
import { createProgress, type Progress } from '../shared/progress.ts';
import { addTextOptions, type TextFlags, toTextStyle } from '../shared/text-options.ts';

interface ReproFlags extends CaptureFlags, TextFlags {
  readonly list?: boolean;
  readonly kernel: KernelName;
  readonly control?: boolean;
  readonly keep?: boolean;
  readonly attempts: number;
  readonly output?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `holdwait repro ID`: makes a documented hang happen on a real kernel, under capture, and names it. */
export function registerRepro(program: Command): void {
  const command = program
    .command('repro')
    .description('make a documented hang happen in a lab guest, capture it and name it')
    .argument('[id]', 'scenario; --list shows them')
    .option('--list', 'list the scenarios and end')
    .addOption(
      new Option('--kernel <version>', 'kernel of the guest').choices(KERNELS).default(DEFAULT_KERNEL),
    )
    .option('--control', 'leave the fix in place: must come out clean')
    .option(
      '-o, --output <file>',
      'capture to write; ID-KERNEL[-control].sqlite unless given, replaced if it is there',
    )
    .option('--keep', 'leave the guest up, hung as it is')
    .addOption(
      new Option('--attempts <n>', 'try again, this often at most, until the outcome is the expected one')
        .argParser(parsePositiveInt)
        .default(1),
    )
    .option('--dry-run', 'say what would be done and end')
    .option('--json', 'print one object for programs')
    .option('--quiet', 'no progress on standard error')
    .addHelpText(
      'after',
      `
The first run builds the guest's image, which takes some minutes; later runs take about one. The hang stays inside the guest.
Exit status: 0 the expected outcome, 1 another one, 3 the lab failed.

Examples:
  holdwait repro ext4-fault-writeback
  holdwait repro ext4-fault-writeback --control --json
  holdwait repro ext4-fault-writeback --kernel 6.12`,
    );
  addTextOptions(addCaptureOptions(command)).action((id: string | undefined, flags: ReproFlags) =>
    withInterrupt(async (signal) => {
      process.exitCode = await runRepro(id, flags, signal);
    }),
  );
}

async function runRepro(id: string | undefined, flags: ReproFlags, signal: AbortSignal): Promise<number> {
  if (flags.list) {
    return printScenarios(flags);
  }
  if (id === undefined) {
    throw new HoldwaitError('usage', 'SCENARIO_MISSING', 'which scenario?', {
      hint: `Choose from: ${listScenarios().join(', ')}; for example \`holdwait repro ${listScenarios()[0]}\`.`,
    });
  }
  const scenario = loadScenario(id);
  if (flags.dryRun) {
    printText(describePlan(scenario, flags));
    return ExitStatus.ok;
  }
  const progress = createProgress(flags);
  try {
    const result = await runAttempts(scenario, flags, signal, progress);
    progress.end();
    printResult(result, flags);
    return exitStatus(result, scenario);
  } finally {
    progress.end();
  }
}

async function runAttempts(
  scenario: Scenario,
  flags: ReproFlags,
  signal: AbortSignal,
  progress: Progress,
): Promise<ReproResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await runScenario(scenario, {
      kernel: flags.kernel,
      control: flags.control ?? false,
      output: outputFile(scenario, flags),
      keep: flags.keep ?? false,
      labName: `repro-${process.pid}`,
      scripts: flags.scripts,
      compose: toComposeOptions(flags),
      signal,
      progress,
      onLabProgress: showLabProgress(progress),
    });
    if (attempt >= flags.attempts || isExpected(result, scenario.signature)) {
      return { ...result, attempts: attempt };
    }
    progress.note(`attempt ${attempt} of ${flags.attempts}: ${result.result}; trying again`);
  }
}

function printResult(result: ReproResult, flags: ReproFlags): void {
  if (flags.json) {
    printJson(result);
    return;
  }
  const style = toTextStyle(flags);
  const analysis = result.analysis === undefined ? [] : [renderText(result.analysis, style).trimEnd()];
  printText(
    [renderReproHead(result, style), ...analysis, renderReproTail(result)]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
}

function exitStatus(result: ReproResult, scenario: Scenario): number {
  if (isExpected(result, scenario.signature)) {
    return ExitStatus.ok;
  }
  return result.result === 'failed' ? ExitStatus.target : ExitStatus.finding;
}

function printScenarios(flags: ReproFlags): number {
  const scenarios = listScenarios().map((id) => loadScenario(id));
  if (flags.json) {
    printJson(scenarios.map(({ id, title, signature, needs }) => ({ id, title, signature, needs })));
  } else {
    printText(scenarios.map(({ id, title }) => `${id.padEnd(26)}  ${title}`).join('\n'));
  }
  return ExitStatus.ok;
}

function describePlan(scenario: Scenario, flags: ReproFlags): string {
  const words = flags.control ? scenario.control : scenario.driver;
  const module = scenario.module === undefined || flags.control ? [] : [`load the module ${scenario.module}`];
  const { memoryMib, cpus } = scenario.lab;
  return [
    `boot a guest with kernel ${flags.kernel}, ${memoryMib} MiB, ${cpus} CPUs (its image is built first if there is none)`,
    ...[...scenario.prepare.map((command) => `run ${command}`), ...module],
    `attach the scripts ${flags.scripts.join(', ')}`,
    `run ${words.join(' ')}`,
    `write ${outputFile(scenario, flags)}`,
    flags.keep ? 'leave the guest up' : 'end the guest',
  ]
    .map((line, index) => `${index + 1}. ${line}`)
    .join('\n');
}

function outputFile({ id }: Scenario, flags: ReproFlags): string {
  return flags.output ?? `${id}-${flags.kernel}${flags.control ? '-control' : ''}.sqlite`;
}
