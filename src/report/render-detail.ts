import {
  findHistory,
  type Handled,
  listResources,
  resourceHandle,
  resourceKey,
} from '../../analysis/handles.ts';
import type { Analysis, Edge, ResourceRef } from '../../analysis/result.ts';
import { formatPlural } from './format.ts';
import { wrap } from './layout.ts';
import { renderChain } from './render-chain.ts';
import { renderCycle, renderMatch } from './render-cycle.ts';
import { renderEdges } from './render-edges.ts';
import { renderTask } from './render-task.ts';
import { renderWaitHistory } from './render-wait-history.ts';
import { indent, LEAST_WIDTH, type TextStyle } from './style.ts';
import { nameResource, nameTasks } from './wording.ts';

/** Of a resource, unless everything is asked for. */
const MOST_WAITS = 50;
const MOST_HOLDERS = 12;

/** Everything the analysis knows of one thing that it printed a handle for, with every task's stack. */
export function renderDetail(found: Handled, analysis: Analysis, asked: TextStyle): string {
  const style = { ...asked, width: Math.max(asked.width, LEAST_WIDTH) };
  return `${detailLines(found, analysis, style).join('\n')}\n`;
}

function detailLines(found: Handled, analysis: Analysis, style: TextStyle): string[] {
  switch (found.type) {
    case 'cycle':
      return [
        ...renderCycle(found.cycle, found.position, analysis, style),
        ...found.cycle.matches.flatMap((match) => ['', ...indent(renderMatch(match, style.width - 2))]),
        ...renderResources(found.cycle.edges, analysis, style),
      ];
    case 'chain': {
      const placed = { chain: found.chain, index: found.position };
      return [
        ...renderChain(placed, analysis, style, false),
        ...renderHistoryOf(found.chain.links[0]!, analysis, style),
        ...renderTasksOf(found.chain.links, analysis, style),
        ...renderResources(found.chain.links, analysis, style),
      ];
    }
    case 'task':
      return renderTaskDetail(found.tid, analysis, style);
    case 'wait':
      return renderWaitHistory(found.wait, style);
    case 'resource':
      return renderResourceDetail(found.resource, analysis, style);
  }
}

/** Whom the chain's first wait was behind before. */
function renderHistoryOf(edge: Edge, analysis: Analysis, style: TextStyle): string[] {
  const history = findHistory(analysis, edge);
  return history === undefined
    ? []
    : ['', ...indent(renderWaitHistory(history, { ...style, width: style.width - 2 }))];
}

function renderTasksOf(links: readonly Edge[], analysis: Analysis, style: TextStyle): string[] {
  const blocked = Map.groupBy(listEdges(analysis), ({ blocker }) => blocker);
  return links.flatMap((edge) => {
    const view = { tid: edge.waiter, edge, blocks: blocked.get(edge.waiter) ?? [] };
    return ['', ...indent(renderTask(view, analysis, { ...style, width: style.width - 2 }))];
  });
}

function renderTaskDetail(tid: number, analysis: Analysis, style: TextStyle): string[] {
  const { waits: own, blocks } = findTaskEdges(tid, analysis);
  const lines = renderTask({ tid, edge: own[0], blocks }, analysis, style);
  return own.length === 0
    ? [...lines, '  it waits for nothing recorded']
    : [...lines, '', ...indent(renderEdges(own, analysis.tasks, style.width - 2))];
}

function renderResourceDetail(resource: ResourceRef, analysis: Analysis, style: TextStyle): string[] {
  const { holders, waits } = findResourceEdges(resource, analysis);
  const held = holders.length === 0 ? 'nobody' : nameTasks(analysis.tasks, holders, MOST_HOLDERS);
  const waiters = new Set(waits.map(({ waiter }) => waiter)).size;
  const shown = style.fullStacks ? waits : waits.slice(0, MOST_WAITS);
  const omitted = waits.length - shown.length;
  return [
    ...wrap(nameResource(resource), style.width),
    ...indent(wrap(`seen held by: ${held}`, style.width - 2)),
    ...indent([`waited for by: ${formatPlural(waiters, 'task')}`]),
    '',
    ...indent(renderEdges(shown, analysis.tasks, style.width - 2)),
    ...(omitted > 0 ? [`  … ${formatPlural(omitted, 'more wait')}: --full-stacks`] : []),
  ];
}

/** The waits of a task, and those of others that are for it. */
export function findTaskEdges(
  tid: number,
  analysis: Analysis,
): { readonly waits: readonly Edge[]; readonly blocks: readonly Edge[] } {
  const edges = listEdges(analysis);
  return {
    waits: edges.filter(({ waiter }) => waiter === tid),
    blocks: edges.filter(({ blocker }) => blocker === tid),
  };
}

/** Who was seen taking a resource and has it, and the waits for it, longest first. */
export function findResourceEdges(
  resource: ResourceRef,
  analysis: Analysis,
): { readonly holders: readonly number[]; readonly waits: readonly Edge[] } {
  const key = resourceKey(resource);
  const isIt = (other: ResourceRef) => resourceKey(other) === key;
  const holders = Object.entries(analysis.tasks).filter(([, task]) => task.holds.some(isIt));
  return {
    holders: holders.map(([tid]) => Number(tid)),
    waits: listEdges(analysis)
      .filter((edge) => isIt(edge.resource))
      .sort((a, b) => a.sinceNs - b.sinceNs),
  };
}

/** The resources of some edges with the handles they are shown by. */
function renderResources(edges: readonly Edge[], analysis: Analysis, style: TextStyle): string[] {
  const keys = new Set(edges.map(({ resource }) => resourceKey(resource)));
  const lines = listResources(analysis).flatMap((resource, i) =>
    keys.has(resourceKey(resource)) ? [`[${resourceHandle(i)}] ${nameResource(resource)}`] : [],
  );
  return ['', ...indent(lines.flatMap((line) => wrap(line, style.width - 2)))];
}

/** Every edge of the analysis once: chains share their ends with each other and with cycles, `edges` has all. */
export function listEdges(analysis: Analysis): readonly Edge[] {
  const byWait = new Map<string, Edge>();
  const add = (edge: Edge): void => {
    byWait.set(`${edge.waiter} ${edge.blocker} ${edge.sinceNs} ${resourceKey(edge.resource)}`, edge);
  };
  for (const { edges } of analysis.cycles) {
    edges.forEach(add);
  }
  for (const { links } of analysis.chains) {
    links.forEach(add);
  }
  analysis.edges?.forEach(add);
  return [...byWait.values()];
}
