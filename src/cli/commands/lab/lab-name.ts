import type { Command } from 'commander';
import { DEFAULT_LAB_NAME, parseLabName } from '../../../lab/lab-options.ts';

/** A lab can be named by an argument or by --name; with neither it is the default one. */
export interface LabNameFlags {
  readonly name?: string;
}

export function addLabName(command: Command): Command {
  return command
    .argument('[name]', 'the lab; `default` unless given')
    .option('--name <name>', 'the same as the argument');
}

export function labName(argument: string | undefined, flags: LabNameFlags): string {
  return parseLabName(argument ?? flags.name ?? DEFAULT_LAB_NAME);
}
