import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelName } from '../../lab/kernels.ts';
import type { ScenarioWay } from '../../lab/scenario.ts';
import { HoldwaitError } from '../../trace/index.ts';

export interface OutputFlags {
  readonly kernel: KernelName;
  readonly way: ScenarioWay;
  readonly all?: boolean;
  readonly output?: string;
}

/** Where a scenario's capture goes: with `--all` the option names a folder, else the file. */
export function outputPath(id: string, { kernel, way, all, output }: OutputFlags): string {
  const name = `${id}-${kernel}${way === 'hang' ? '' : `-${way}`}.sqlite`;
  if (all) {
    return output === undefined ? name : join(output, name);
  }
  return output ?? name;
}

/** Makes the folder for all captures. @throws HoldwaitError `OUTPUT_NOT_FOLDER` (usage) */
export function makeOutputFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new HoldwaitError('usage', 'OUTPUT_NOT_FOLDER', `${path} is a file`, {
      hint: '--all writes a capture for each scenario: name a folder.',
    });
  }
  mkdirSync(path, { recursive: true });
}
