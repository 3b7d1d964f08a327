import type { Command } from 'commander';
import { loadScripts } from '../../bpf/bundled.ts';
import { diagnose, listScriptFunctions } from '../../bpf/diagnose.ts';
import { readTargetFacts } from '../../bpf/target-facts.ts';
import { renderDiagnosis } from '../../report/render-diagnosis.ts';
import { addCaptureOptions, type CaptureFlags, toComposeOptions } from '../shared/capture-options.ts';
import { addExamples } from '../shared/examples.ts';
import { ExitStatus } from '../shared/exit-status.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { openNamedTarget } from '../shared/open-target.ts';
import { printJson, printText } from '../shared/output.ts';
import { createProgress } from '../shared/progress.ts';
import { addWidthOption, type TextFlags, toTextStyle } from '../shared/text-options.ts';

interface DoctorFlags extends CaptureFlags, Pick<TextFlags, 'width'> {
  readonly json?: boolean;
}

/** `holdwait doctor TARGET`: whether a capture can work there, and through which symbols; attaches nothing. */
export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('say whether a target can be captured, and which kernel functions would be hooked')
    .argument('<target>', 'lab, lab:NAME, [user@]host[:port] or local')
    .option('--json', 'print one object for programs');
  addExamples(command, [
    ['holdwait doctor local', 'this machine'],
    ['holdwait doctor root@db1', 'a host, reached as your ssh would'],
    ['holdwait doctor lab --scripts all', 'a guest, for all that can be watched'],
  ]);
  addWidthOption(addCaptureOptions(command)).action((name: string, flags: DoctorFlags) =>
    withInterrupt(async (signal) => {
      process.exitCode = await runDoctor(name, flags, signal);
    }),
  );
}

async function runDoctor(name: string, flags: DoctorFlags, signal: AbortSignal): Promise<number> {
  const scripts = loadScripts(flags.scripts);
  const progress = createProgress();
  const { target } = await openNamedTarget(name, signal, progress);
  try {
    progress.step(`asking ${name}`);
    const facts = await readTargetFacts(target, listScriptFunctions(scripts), signal);
    progress.end();
    const diagnosis = diagnose(facts, scripts, toComposeOptions(flags));
    if (flags.json) {
      printJson({ target: name, kernelRelease: facts.kernelRelease, ...diagnosis });
    } else {
      printText(renderDiagnosis(name, diagnosis, toTextStyle(flags)));
    }
    return diagnosis.works ? ExitStatus.ok : ExitStatus.target;
  } finally {
    progress.end();
    await target.close();
  }
}
