import type { Command } from 'commander';

const DEFAULT_WIDTH = 80;

/** Columns that the command's help is laid out in. */
export function helpWidth(command: Command): number {
  return command.configureOutput().getOutHelpWidth?.() ?? DEFAULT_WIDTH;
}
