import type { Analysis, PotentialDeadlock } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { formatDuration, formatPlural } from './format.ts';
import { clip, wrap, wrapAfter } from './layout.ts';
import { renderMatch } from './render-cycle.ts';
import { orderStack, wholeStack } from './stack-text.ts';
import { indent, type TextStyle } from './style.ts';
import { nameReport, nameTask } from './wording.ts';

/** Reports printed unless everything is asked for; of each sort. */
const MOST_REPORTS = 8;
const LABEL_WIDTH = 10;

type Link = PotentialDeadlock['links'][number];

/**
 * Orders of locks that could close a circle, and other misuse: what the kernel's lock checkers reported, and what was seen in
 * the capture. Each is its own list of lines, after one that says what they are.
 */
export function renderPotential(analysis: Analysis, style: TextStyle): string[][] {
  const seen = analysis.potential.filter(isSeen);
  const reported = analysis.potential.filter((one) => !isSeen(one));
  return [
    ...renderSort(REPORTED, reported, analysis, style),
    ...renderSort(SEEN, seen, analysis, style),
    renderLeftOut(analysis, style),
  ];
}

/** What the kernel's own checkers told, and what it says of this capture. */
export const REPORTED =
  'Reported by lock checkers of the kernel: could become a deadlock; nothing here shows that it did';
export const SEEN = 'Orders seen in this capture: could become a deadlock; nothing here shows that it did';

/** Seen in the capture itself, not reported by a lock checker. */
export function isSeen({ source }: PotentialDeadlock): boolean {
  return source === 'trace';
}

function renderSort(
  heading: string,
  potential: readonly PotentialDeadlock[],
  analysis: Analysis,
  style: TextStyle,
): string[][] {
  const most = style.fullStacks ? potential.length : MOST_REPORTS;
  if (potential.length === 0) {
    return [];
  }
  return [
    wrap(heading, style.width).map(style.palette.bold),
    ...potential.slice(0, most).map((one) => renderReport(one, analysis, style)),
    potential.length > most ? [`${formatPlural(potential.length - most, 'more report')}: --full-stacks`] : [],
  ];
}

/** What the reader asked to leave aside, and what could not be listed. */
export function renderLeftOut({ orders }: Analysis, { width }: Pick<TextStyle, 'width'>): string[] {
  if (orders === undefined) {
    return [];
  }
  const ignored = orders.ignored.map(
    ({ classes, reason }) => `${[...classes, classes[0]].join(' → ')} (${reason})`,
  );
  return [
    ...ignored.flatMap((one) => wrapAfter('order ignored: ', escapeText(one), width)),
    ...(orders.cut
      ? wrap('There are more orders of locks in this capture than were looked at or listed', width)
      : []),
  ];
}

/** In a few words, for the verdict. */
export function sumUpPotential({ potential }: Analysis): string {
  const seen = potential.filter(isSeen).length;
  const reported = potential.length - seen;
  const parts = [
    ...(reported > 0 ? [`${formatPlural(reported, 'report')} of what could lead to one`] : []),
    ...(seen > 0 ? [`${formatPlural(seen, 'circle')} of lock orders that could lead to one`] : []),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(' and ')}, below`;
}

/** What it is and who says so. */
export function titlePotential({ source, report, title, line, cut }: PotentialDeadlock): string {
  const where = line === undefined ? '' : `, line ${line} of the log`;
  const missing = cut ? ', not all of it' : '';
  const from = source === 'trace' ? '' : ` (${source}: ${nameReport(report)}${where}${missing})`;
  return `${escapeText(title)}${from}`;
}

function renderReport(potential: PotentialDeadlock, analysis: Analysis, style: TextStyle): string[] {
  const { links, matches } = potential;
  const width = style.width - 2;
  return [
    ...wrap(titlePotential(potential), style.width),
    ...indent([
      ...matches.slice(0, 1).flatMap((match) => renderMatch(match, width)),
      ...renderClasses(potential, width),
      ...(links.length === 0 ? renderLocks(potential, analysis, width) : []),
      ...links.flatMap((link) => renderLink(link, analysis, { ...style, width })),
      ...(style.fullStacks ? renderScenario(potential, width) : []),
    ]),
  ];
}

function renderClasses(potential: PotentialDeadlock, width: number): string[] {
  const classes = nameClasses(potential);
  return classes === '' ? [] : labelled('locks', classes, width);
}

/** The locks, in a circle where they make one. */
export function nameClasses({ classes, links }: PotentialDeadlock): string {
  const isCircle = links.length > 0 && links.at(-1)!.wanted === links[0]!.held;
  const round = isCircle ? [...classes, classes[0]!] : classes;
  return round.map(escapeText).join(links.length > 0 ? ' → ' : ', ');
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
    ...(held.length === 0 ? [] : labelled('held', held.map(escapeText).join(', '), width)),
  ];
}

function renderLink(link: Link, analysis: Analysis, style: TextStyle): string[] {
  const sighting = describeSighting(link);
  return [
    '',
    ...wrap(describeOrder(link, analysis), style.width),
    ...indent(sighting === undefined ? [] : wrap(sighting, style.width - 2)),
    ...indent(renderStack(link.stack, style)),
  ];
}

/** Who held what and wanted what. */
export function describeOrder({ task, held, wanted, heldStack }: Link, { tasks }: Analysis): string {
  const who = task === null ? 'seen earlier' : nameTask(tasks, task);
  const taken = heldStack === undefined ? undefined : orderStack(heldStack).lines[0];
  const where = taken === undefined ? '' : ` (in ${taken})`;
  return `${who}: held ${escapeText(held)}${where}, wanted ${escapeText(wanted)}`;
}

/** Which two they were, when, and how often; of an allocation, what it could come to wait for. */
export function describeSighting(link: Link): string | undefined {
  const { tsNs, count = 1, heldResource, wantedResource, why } = link;
  if (tsNs === undefined) {
    return undefined;
  }
  const names = [heldResource, wantedResource].flatMap((one) => one?.label ?? []);
  const pair = names.length === 0 ? [] : [names.join(', then ')];
  const times = count === 1 ? 'once' : `${formatPlural(count, 'time')}`;
  const parts = [
    ...pair,
    ...(why === undefined ? [] : [why]),
    `${formatDuration(tsNs)} into the capture`,
    `seen ${times}`,
  ];
  return parts.map(escapeText).join('; ');
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
