import { findRunningLab } from '../../lab/lab-connection.ts';
import { openTarget } from '../../target/open-target.ts';
import { parseTargetName } from '../../target/parse-target.ts';
import type { Target } from '../../target/target.ts';
import { connectWatchedLab } from './lab-connection.ts';
import type { Progress } from './progress.ts';

/** A target that has been reached, and how its death is noticed where the connection alone would be slow to tell. */
export interface OpenedTarget {
  readonly target: Target;
  /** Labs only: resolves with what happened when the guest is gone. */
  readonly machineEnd?: Promise<string>;
}

/** Reaches the target a person named: `local`, `lab[:name]`, `[user@]host[:port]`. */
export async function openNamedTarget(
  name: string,
  signal: AbortSignal,
  progress: Progress,
): Promise<OpenedTarget> {
  const spec = parseTargetName(name);
  progress.step(`reaching ${name}`);
  if (spec.type !== 'lab') {
    return { target: await openTarget(spec, { signal, onNote: (note) => progress.note(note) }) };
  }
  return connectWatchedLab(findRunningLab(spec.lab), signal);
}
