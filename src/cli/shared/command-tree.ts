import type { Command } from 'commander';

/** A command and the words that it is called with: `['lab', 'up']`; none for the program itself. */
export interface PlacedCommand {
  readonly path: readonly string[];
  readonly command: Command;
}

/** The program, its commands and theirs, each before those in it, in the order in which --help lists them. */
export function listCommands(program: Command, path: readonly string[] = []): PlacedCommand[] {
  const below = program.commands.flatMap((command) => listCommands(command, [...path, command.name()]));
  return [{ path, command: program }, ...below];
}

/** The commands that do something themselves. */
export function listLeaves(program: Command): PlacedCommand[] {
  return listCommands(program).filter(({ command }) => command.commands.length === 0);
}

/** The words that a command is called with, without the program's own. */
export function pathOf(command: Command): string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}
