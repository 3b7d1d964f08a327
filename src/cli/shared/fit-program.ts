import { composeProgram, type Program } from '../../bpf/compose.ts';
import { diagnose, type Finding } from '../../bpf/diagnose.ts';
import type { Script } from '../../bpf/script.ts';
import type { TargetFacts } from '../../bpf/target-facts.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { type CaptureFlags, toComposeOptions } from './capture-options.ts';

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
  return composeProgram(
    scripts,
    { release: facts.kernelRelease, traceable: facts.traceable },
    toComposeOptions(flags),
  );
}

function isBlocking({ state }: Finding): boolean {
  return state === 'blocking';
}
