import type { Analysis, PotentialDeadlock } from '../../../analysis/result.ts';
import { escapeText } from '../escape.ts';
import { formatPlural } from '../format.ts';
import { citeSource, nameTask } from '../wording.ts';
import { stackLines } from './mail-stacks.ts';
import { labelled, paragraph } from './mail-text.ts';

const MOST_REPORTS = 3;

/** What could become a deadlock: the subject of a mail where nothing else was found, one line of it otherwise. */
export function mailPotential(analysis: Analysis): string[][] {
  const { potential, verdict } = analysis;
  if (potential.length === 0) {
    return [];
  }
  if (verdict !== 'none') {
    return [
      paragraph(
        `The capture also shows ${formatPlural(potential.length, 'order')} of locks that could become a deadlock; nothing shows that it did.`,
      ),
    ];
  }
  const omitted = potential.length - MOST_REPORTS;
  return [
    ...potential.slice(0, MOST_REPORTS).flatMap((one) => describePotential(one, analysis)),
    ...(omitted > 0 ? [[`(${formatPlural(omitted, 'more order')} of locks like these)`]] : []),
  ];
}

function describePotential(one: PotentialDeadlock, analysis: Analysis): string[][] {
  const { title, source, classes, links, matches } = one;
  const from = source === 'trace' ? 'seen in the capture' : `reported by ${source}`;
  const [match] = matches;
  return [
    [
      ...paragraph(`${escapeText(title)} (${from})`),
      ...labelled('  locks: ', [...classes, ...classes.slice(0, 1)].map(escapeText).join(' -> ')),
      ...(match === undefined ? [] : labelled('  documented: ', escapeText(match.title))),
      ...(match?.sources ?? []).map((source) => `  ${escapeText(citeSource(source))}`),
      ...(match?.fix === undefined ? [] : labelled('  fix: ', escapeText(match.fix))),
    ],
    ...links.map((link) => [
      ...paragraph(
        `${link.task === null ? 'Seen earlier' : nameTask(analysis.tasks, link.task)}: held ${escapeText(link.held)}, wanted ${escapeText(link.wanted)}${link.why === undefined ? '' : ` (${escapeText(link.why)})`}`,
      ),
      ...(link.stack.length === 0 ? [] : stackLines(link.stack)),
    ]),
  ];
}
