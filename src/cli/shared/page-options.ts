import { type Command, Option } from 'commander';
import { DEFAULT_WAITS } from '../../../analysis/index.ts';
import { formatCount } from '../../report/format.ts';
import { parsePositiveInt } from './options.ts';

/** What a report page can be given. */
export interface PageFlags {
  readonly htmlSpans?: number;
}

/** Adds the options of PageFlags to a command. */
export function addPageOptions(command: Command): Command {
  return command.addOption(
    new Option(
      '--html-spans <n>',
      `waits in the page, and half as many holds: what is open, then the longest; ${formatCount(DEFAULT_WAITS)} unless given`,
    ).argParser(parsePositiveInt),
  );
}
