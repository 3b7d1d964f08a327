import { type Command, Option } from 'commander';
import type { TextStyle } from '../../report/style.ts';
import { parsePositiveInt } from './options.ts';
import { layoutWidth, paletteFor } from './output.ts';

/** What every command that prints a text report can be given. */
export interface TextFlags {
  readonly fullStacks?: boolean;
  readonly width?: number;
}

/** Adds the options of TextFlags to a command. */
export function addTextOptions(command: Command): Command {
  return addWidthOption(
    command.option(
      '--full-stacks',
      'leave nothing out: every frame with its offset, every cycle, edge and hold',
    ),
  );
}

/** Adds `--width` alone, for text that has no stacks. */
export function addWidthOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--width <columns>',
      "columns of the text; unless given the terminal's, but 120 at most, or 100 where there is none",
    ).argParser(parsePositiveInt),
  );
}

/** Layout for standard output. */
export function toTextStyle(flags: TextFlags): TextStyle {
  return {
    width: layoutWidth(flags.width),
    palette: paletteFor(process.stdout),
    fullStacks: flags.fullStacks ?? false,
  };
}
