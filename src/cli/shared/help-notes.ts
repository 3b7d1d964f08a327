import type { Command } from 'commander';
import { wrap } from '../../report/layout.ts';
import { helpWidth } from './help-width.ts';

/** What a command's help says behind its options. */
export interface HelpNotes {
  /** Paragraphs, each without a line break. */
  readonly paragraphs: readonly string[];
  /** Where the statuses mean something of their own: `0 the expected outcome, 1 another one`. */
  readonly exitStatus?: string;
}

const NOTES = new WeakMap<Command, HelpNotes>();

/** Says more than fits into the options' lines; before addExamples(), so that the examples come last. */
export function addNotes(command: Command, notes: HelpNotes): Command {
  NOTES.set(command, notes);
  return command.addHelpText('after', () => `\n${renderNotes(notes, helpWidth(command))}`);
}

/** The notes that a command was given. */
export function notesOf(command: Command): HelpNotes {
  return NOTES.get(command) ?? { paragraphs: [] };
}

function renderNotes({ paragraphs, exitStatus }: HelpNotes, width: number): string {
  const all = exitStatus === undefined ? paragraphs : [...paragraphs, `Exit status: ${exitStatus}.`];
  return all.map((paragraph) => wrap(paragraph, width).join('\n')).join('\n\n');
}
