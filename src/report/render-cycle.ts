import { cycleHandle } from '../../analysis/handles.ts';
import type { Analysis, Cycle, SignatureMatch } from '../../analysis/result.ts';
import { drawCycle } from './draw-cycle.ts';
import { escapeText } from './escape.ts';
import { formatDuration, formatPlural } from './format.ts';
import { wrap, wrapAfter } from './layout.ts';
import { renderVictims } from './render-chain.ts';
import { renderEdges, renderInferences } from './render-edges.ts';
import { renderTask } from './render-task.ts';
import { indent, type TextStyle } from './style.ts';
import { citeSource, nameBriefly, nameTasks } from './wording.ts';

/** Edges and task blocks printed of one cycle unless everything is asked for. */
const MOST_EDGES = 24;

/** The cycle in one sentence. */
export function sumUpCycle(cycle: Cycle, analysis: Analysis): string {
  const names = nameTasks(analysis.tasks, cycle.tasks);
  const [first] = cycle.edges;
  if (cycle.edges.length === 1 && first!.context === 'interrupt') {
    const waits = `waits for itself: an interrupt on top of it spins for ${nameBriefly(first!.resource)}`;
    return cycle.verdict === 'deadlock'
      ? `${names} ${waits}, which it holds; this never ends by itself, and its CPU does nothing else`
      : `${names} perhaps ${waits}, which it seems to hold, but that is not certain`;
  }
  const alone = cycle.tasks.length === 1;
  const object =
    cycle.tasks.length === 1 ? 'itself' : cycle.tasks.length === 2 ? 'each other' : 'one another in a ring';
  return cycle.verdict === 'deadlock'
    ? `${names} ${alone ? 'waits' : 'wait'} for ${object}; this never ends by itself`
    : `${names} ${alone ? 'seems' : 'seem'} to wait for ${object}, but that is not certain`;
}

/** Everything about one cycle: why it is only suspected, what it is known as, the picture, the edges, the tasks. */
export function renderCycle(cycle: Cycle, index: number, analysis: Analysis, style: TextStyle): string[] {
  const width = style.width - 2;
  const most = style.fullStacks ? cycle.edges.length : MOST_EDGES;
  const edges = cycle.edges.slice(0, most);
  const omitted = cycle.edges.length - edges.length;
  return [
    ...renderHeading(cycle, index, analysis, style),
    ...indent([
      ...cycle.reasons.flatMap((reason) => wrapAfter('uncertain: ', escapeText(reason), width)),
      '',
      ...drawCycle(cycle, analysis.tasks, width).map((line) => style.palette.bad(line)),
      '',
      ...dimFirst(renderEdges(edges, analysis.tasks, width), style),
      ...(omitted === 0 ? [] : [`… ${formatPlural(omitted, 'more edge')}: --full-stacks`]),
      ...renderInferences(edges, analysis.tasks, width),
      ...edges.flatMap((_, i) => ['', ...renderCycleTask(cycle, i, analysis, { ...style, width })]),
      ...renderVictims(cycle, index, analysis, { ...style, width }),
    ]),
  ];
}

function renderHeading(cycle: Cycle, index: number, analysis: Analysis, style: TextStyle): string[] {
  const handle = `[${cycleHandle(index)}]`;
  const text = `Cycle ${handle} of ${describeExtent(cycle, analysis)}`;
  return wrap(text, style.width).map((line) => line.replace(handle, () => style.palette.dim(handle)));
}

/** How large a cycle is, and how old. */
export function describeExtent(cycle: Cycle, { capture }: Analysis): string {
  const ago = formatDuration(Math.max(0, capture.endNs - cycle.closedNs));
  return `${formatPlural(cycle.tasks.length, 'task')}, closed ${ago} before the capture ended`;
}

function renderCycleTask(cycle: Cycle, i: number, analysis: Analysis, style: TextStyle): string[] {
  const edge = cycle.edges[i]!;
  const before = cycle.edges[(i + cycle.edges.length - 1) % cycle.edges.length]!;
  const role = findRole(cycle, edge.waiter);
  return renderTask({ tid: edge.waiter, edge, blocks: [before], role }, analysis, style);
}

/** The part that a task has in the documented deadlock that the cycle is. */
export function findRole({ matches }: Cycle, tid: number): string | undefined {
  return Object.entries(matches[0]?.roles ?? {}).find(([, player]) => player === tid)?.[0];
}

function dimFirst([first, ...rest]: readonly string[], style: TextStyle): string[] {
  return [style.palette.dim(first ?? ''), ...rest];
}

/** The documented deadlock that a cycle is, with where to read about it and what mends it. */
export function renderMatch(match: Omit<SignatureMatch, 'roles'>, width: number): string[] {
  const name = `${escapeText(match.id)}: ${escapeText(match.title)} (${nameAgreement(match)})`;
  return [
    ...wrapAfter('known as  ', name, width),
    // An address broken in two cannot be copied.
    ...match.sources.map(
      (source, i) => `${(i === 0 ? 'source' : '').padEnd(10)}${escapeText(citeSource(source))}`,
    ),
    ...(match.fix === undefined ? [] : wrapAfter('fix       ', escapeText(match.fix), width)),
  ];
}

/** How well a documented deadlock fits: `100 % agreement`. */
export function nameAgreement({ score }: Pick<SignatureMatch, 'score'>): string {
  return `${Math.round(score * 100)} % agreement`;
}
