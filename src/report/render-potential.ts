import type { Analysis, PotentialDeadlock } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { formatPlural } from './format.ts';
import { clip, wrap, wrapAfter } from './layout.ts';
import { renderMatch } from './render-cycle.ts';
import { orderStack, wholeStack } from './stack-text.ts';
import { indent, type TextStyle } from './style.ts';
import { nameReport, nameTask } from './wording.ts';

/** Reports printed unless everything is asked for. */
const MOST_REPORTS = 8;
const LABEL_WIDTH = 10;

type Link = PotentialDeadlock['links'][number];

/**
 * What the kernel's lock checkers reported: orders of locks that could close a circle, and other misuse. Each is its own
 * list of lines, after one that says what they are.
 */
export function renderPotential(analysis: Analysis, style: TextStyle): string[][] {
  const { potential } = analysis;
  const most = style.fullStacks ? potential.length : MOST_REPORTS;
  if (potential.length === 0) {
    return [];
  }
  return [
    wrap(
      'Reported by lock checkers of the kernel: could become a deadlock; nothing here shows that it did',
      style.width,
    ).map(style.palette.bold),
    ...potential.slice(0, most).map((one) => renderReport(one, analysis, style)),
    potential.length > most ? [`${formatPlural(potential.length - most, 'more report')}: --full-stacks`] : [],
  ];
}

/** In a few words, for the verdict. */
export function sumUpPotential({ potential }: Analysis): string {
  return potential.length === 0
    ? ''
    : `; ${formatPlural(potential.length, 'report')} of what could lead to one, below`;
}

function renderReport(potential: PotentialDeadlock, analysis: Analysis, style: TextStyle): string[] {
  const { source, report, title, line, cut, classes, links, matches } = potential;
  const width = style.width - 2;
  const where = line === undefined ? '' : `, line ${line} of the log`;
  const missing = cut ? ', not all of it' : '';
  return [
    ...wrap(`${escapeText(title)} (${source}: ${nameReport(report)}${where}${missing})`, style.width),
    ...indent([
      ...matches.slice(0, 1).flatMap((match) => renderMatch(match, width)),
      ...renderClasses(classes, links, width),
      ...(links.length === 0 ? renderLocks(potential, analysis, width) : []),
      ...links.flatMap((link) => renderLink(link, analysis, { ...style, width })),
      ...(style.fullStacks ? renderScenario(potential, width) : []),
    ]),
  ];
}

function renderClasses(classes: readonly string[], links: readonly Link[], width: number): string[] {
  if (classes.length === 0) {
    return [];
  }
  const isCircle = links.length > 0 && links.at(-1)!.wanted === links[0]!.held;
  const round = isCircle ? [...classes, classes[0]!] : classes;
  return labelled('locks', escapeText(round.join(links.length > 0 ? ' → ' : ', ')), width);
}

function renderLocks(
  { task, taskName, locks = [] }: PotentialDeadlock,
  analysis: Analysis,
  width: number,
): string[] {
  const who = task === undefined ? taskName : nameTask(analysis.tasks, task);
  const held = locks.map(({ name, at }) => `${name}${at === undefined ? '' : ` (in ${withoutOffset(at)})`}`);
  return [
    ...(who === undefined ? [] : labelled('task', escapeText(who), width)),
    ...(held.length === 0 ? [] : labelled('held', escapeText(held.join(', ')), width)),
  ];
}

function renderLink(link: Link, analysis: Analysis, style: TextStyle): string[] {
  const who = link.task === null ? 'seen earlier' : nameTask(analysis.tasks, link.task);
  const taken = link.heldStack === undefined ? undefined : orderStack(link.heldStack).lines[0];
  const where = taken === undefined ? '' : ` (in ${taken})`;
  return [
    '',
    ...wrap(`${who}: held ${escapeText(link.held)}${where}, wanted ${escapeText(link.wanted)}`, style.width),
    ...indent(renderStack(link.stack, style)),
  ];
}

function renderStack(frames: readonly string[], style: TextStyle): string[] {
  const { lines, omitted } = style.fullStacks ? wholeStack(frames) : orderStack(frames);
  const rest =
    omitted === 0 ? [] : [style.palette.dim(`… ${formatPlural(omitted, 'more frame')}: --full-stacks`)];
  const room = style.fullStacks ? Number.POSITIVE_INFINITY : style.width - 2;
  return lines.length === 0 ? ['stack not in the report'] : [...lines.map((one) => clip(one, room)), ...rest];
}

function renderScenario({ scenario = [], usage }: PotentialDeadlock, width: number): string[] {
  return [
    ...(usage === undefined ? [] : ['', ...labelled('states', escapeText(usage), width)]),
    ...(scenario.length === 0 ? [] : ['', 'could come about by', ...indent(scenario.map(escapeText))]),
  ];
}

function labelled(label: string, text: string, width: number): string[] {
  return wrapAfter(label.padEnd(LABEL_WIDTH), text, width);
}

function withoutOffset(frame: string): string {
  return frame.replace(/\+0x.*$/, '');
}
