import type { Analysis, Edge } from '../../../analysis/result.ts';
import { escapeText } from '../escape.ts';
import { formatDuration } from '../format.ts';
import { wrapAfter } from '../layout.ts';
import { decisiveFunction } from '../stack-text.ts';
import { nameManner, nameResource, nameTask } from '../wording.ts';

/** Room for a few marks of quoting before a line has 80 columns. */
export const MAIL_WIDTH = 75;

/** Of a hang or of nothing: chains shown, those with the longest waits. */
const MOST_CHAINS = 2;
/** Cycles shown; and edges, of all of them. */
const MOST_CYCLES = 3;
export const MOST_EDGES = 16;

export function paragraph(text: string): string[] {
  return labelled('', text);
}

/** A paragraph behind a label, its further lines below its first; a number stays with its unit. */
export function labelled(label: string, text: string): string[] {
  const lines = wrapAfter(label, text.replace(BEFORE_UNIT, NO_BREAK), MAIL_WIDTH);
  return lines.map((line) => line.replaceAll(NO_BREAK, ' '));
}

const NO_BREAK = '\u00a0';
const BEFORE_UNIT = /(?<=\d) (?=(?:ns|µs|ms|s|min|h|d)\b)/g;

/** Cycles that a mail goes into. */
export function shownCycles({ cycles }: Analysis): Analysis['cycles'] {
  return cycles.slice(0, MOST_CYCLES);
}

/** Chains that a mail goes into: none if there is a cycle, which is what matters then. */
export function shownChains({ cycles, chains, verdict }: Analysis): Analysis['chains'] {
  return cycles.length > 0 || verdict !== 'hang' ? [] : chains.slice(0, MOST_CHAINS);
}

/** The edges of these, each once. */
export function shownEdges(analysis: Analysis): readonly Edge[] {
  const all = [
    ...shownCycles(analysis).flatMap(({ edges }) => edges),
    ...shownChains(analysis).flatMap(({ links }) => links),
  ];
  const byWaiter = new Map(
    all.map((edge) => [`${edge.waiter} ${edge.resource.kind} ${edge.resource.id}`, edge]),
  );
  return [...byWaiter.values()].slice(0, MOST_EDGES);
}

/** One edge in sentences: who waits for what, for how long, and who has it by which evidence. */
export function explainEdge(edge: Edge, analysis: Analysis): string {
  const waiter = nameTask(analysis.tasks, edge.waiter);
  const spins = edge.context === 'interrupt';
  const who = spins ? `An interrupt on top of ${waiter}` : waiter;
  const wanted =
    nameResource(edge.resource) +
    (edge.mode === undefined ? '' : nameManner({ ...edge, context: undefined }));
  const inferred =
    edge.inferredFrom === undefined || !edge.hard ? '' : ` Inferred from: ${escapeText(edge.inferredFrom)}.`;
  return `${who} has ${spins ? 'spun' : 'waited'} ${formatDuration(edge.waitNs)} for the ${wanted}. ${explainBlocker(edge, analysis)}${inferred}`;
}

function explainBlocker(edge: Edge, { tasks, capture }: Analysis): string {
  if (edge.io) {
    return 'Its I/O is with the device and has not completed: no task holds it.';
  }
  if (edge.blocker === null) {
    return 'Who holds it is not known.';
  }
  const blocker = nameTask(tasks, edge.blocker);
  if (!edge.hard) {
    return `${blocker} asked for it before and is ahead in the queue; it does not hold it.`;
  }
  switch (edge.evidence) {
    case 'traced':
      return `${blocker} holds it, which was traced${describeTaking(edge, capture.endNs)}.`;
    case 'owner-field':
      return `The owner field of the lock names ${blocker}.`;
    case 'released-later':
      return `${blocker} likely held it: it was seen releasing it afterwards.`;
    case 'stack':
      return `${blocker} likely holds it, going by where its stack shows it blocked.`;
    case 'unknown':
      return `${blocker} perhaps holds it, but there is no evidence for that.`;
  }
}

function describeTaking({ hold }: Edge, endNs: number): string {
  if (hold === undefined) {
    return '';
  }
  const where = decisiveFunction(hold.stack);
  return `: taken ${formatDuration(endNs - hold.sinceNs)} ago${where === undefined ? '' : `, in ${where}`}`;
}

/** Box drawing and units as ASCII: a mail may pass programs that know nothing else. Names stay as they are. */
export function inAscii(text: string): string {
  return text.replace(/[┌─▶│└┘▼┆]|(?<=\d )µs\b/g, (mark) => ASCII.get(mark)!);
}

const ASCII: ReadonlyMap<string, string> = new Map([
  ['┌', '+'],
  ['─', '-'],
  ['▶', '>'],
  ['│', '|'],
  ['└', '+'],
  ['┘', '+'],
  ['▼', 'v'],
  ['┆', ':'],
  ['µs', 'us'],
]);
