import type { Command } from 'commander';
import { wrapAfter } from '../../report/layout.ts';
import { helpWidth } from './help-width.ts';

/** A command line as somebody would type it, and what it does. */
export type Example = readonly [line: string, what: string];

const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** Ends the command's help with examples. Each must run as it is printed: a test parses them all. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  EXAMPLES.set(command, examples);
  return command.addHelpText('after', () => `\n${renderExamples(examples, helpWidth(command)).join('\n')}`);
}

/** The examples that a command was given; none if it was given none. */
export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}

const PROMPT = '  $ ';
const GAP = '  ';
const BELOW = ' '.repeat(8);
/** Of the width, for the command lines. */
const LARGEST_SHARE = 0.6;

/** A line too long for its column has its explanation below it, and is never broken: it is there to be copied. */
function renderExamples(examples: readonly Example[], width: number): string[] {
  const widest = Math.floor(width * LARGEST_SHARE) - PROMPT.length - GAP.length;
  const column = Math.max(0, ...examples.map(([{ length }]) => length).filter((length) => length <= widest));
  return ['Examples:', ...examples.flatMap((example) => renderExample(example, column, width))];
}

function renderExample([line, what]: Example, column: number, width: number): string[] {
  return line.length <= column
    ? wrapAfter(PROMPT + line.padEnd(column) + GAP, what, width)
    : [PROMPT + line, ...wrapAfter(BELOW, what, width)];
}
