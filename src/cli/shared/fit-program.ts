import { composeProgram, type Program } from '../../bpf/compose.ts';
import { diagnose, type Finding } from '../../bpf/diagnose.ts';
import type { Script } from '../../bpf/script.ts';
import type { TargetFacts } from '../../bpf/target-facts.ts';
import { escapeText } from '../../report/escape.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { type CaptureFlags, toComposeOptions } from './capture-options.ts';
import type { Progress } from './progress.ts';

/**
 * The scripts as one program for the target's kernel.
 *
 * @throws HoldwaitError `TARGET_UNFIT` naming everything that stands in the way
 */
export function fitProgram(
  name: string,
  scripts: readonly Script[],
  facts: TargetFacts,
  flags: CaptureFlags,
  progress: Progress,
): Program {
  const blocking = diagnose(facts, scripts, toComposeOptions(flags)).findings.filter(isBlocking);
  if (blocking.length > 0) {
    throw new HoldwaitError(
      'target',
      'TARGET_UNFIT',
      blocking.map(({ name, text }) => `${name}: ${text}`).join('\n'),
      {
        hint: [
          ...blocking.flatMap(({ hint }) => hint ?? []),
          `\`holdwait doctor ${name}\` shows the whole picture.`,
        ].join('\n'),
      },
    );
  }
  const kernel = { release: facts.kernelRelease, traceable: facts.traceable };
  const program = composeProgram(scripts, kernel, toComposeOptions(flags));
  tellProgram(facts, program, progress);
  return program;
}

/** Says what a target is and what is attached to it. */
export function tellProgram(
  { kernelRelease, machine, bpftraceVersion, uid }: TargetFacts,
  { scripts, hooks, probeCount }: Program,
  progress: Progress,
): void {
  progress.verbose(
    escapeText(`Linux ${kernelRelease}, ${machine}, bpftrace ${bpftraceVersion}, user id ${uid}`),
  );
  progress.verbose(`scripts: ${scripts.join(', ')}; ${probeCount} probes`);
  for (const { hook, symbol, reason } of hooks) {
    progress.verbose(`  ${hook}: ${symbol ?? 'left out'}${reason === undefined ? '' : ` (${reason})`}`);
  }
}

function isBlocking({ state }: Finding): boolean {
  return state === 'blocking';
}
