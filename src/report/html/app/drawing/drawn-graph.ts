import { cycleHandle, resourceKey, taskHandle } from '../../../../../analysis/handles.ts';
import type { Analysis, Chain, Cycle, Edge } from '../../../../../analysis/result.ts';
import { formatDuration, formatPlural } from '../../../format.ts';
import { nameNode } from '../../../graph/graph-text.ts';
import {
  collectWaitGraph,
  type GraphEdge,
  type GraphNode,
  type WaitGraph,
} from '../../../graph/wait-graph.ts';
import { clip } from '../../../layout.ts';
import { findRole } from '../../../render-cycle.ts';
import { nameClaim, nameManner, nameTasks } from '../../../wording.ts';
import type { PageModel } from '../model/page-model.ts';

/** What is drawn: boxes with their lines of text, and arrows between them, by position. */
export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

export interface DrawnNode {
  /** `gap`: tasks of a long cycle or chain that are left out; `victims`: tasks behind a cycle, or in a long queue. */
  readonly type: GraphNode['type'] | 'gap' | 'victims';
  readonly lines: readonly string[];
  readonly inCycle: boolean;
  /** Of what it stands for, where that can be looked at. */
  readonly handle?: string;
  /** The name of the box, with all of a text that is cut in the drawing. */
  readonly title: string;
}

export type LineStyle = Edge['evidence'] | 'nobody' | 'queue' | 'wait' | 'io' | 'more';

export interface DrawnEdge {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly style: LineStyle;
  readonly inCycle: boolean;
}

/** A larger ring, or a longer chain, is no picture any more. */
const MOST_TASKS = 12;
const LONGEST_LINE = 38;
/** Tasks of one cycle with a box of their victims; those of the others are counted in the text. */
const MOST_STUBS = 3;
/** Tasks that share a box, named in its title. */
export const MOST_VICTIMS = 20;

/** One cycle, with who is stuck behind it. */
export function drawCycleGraph(model: PageModel, position: number): DrawnGraph {
  const { analysis } = model;
  const cycle = analysis.cycles[position]!;
  const { edges, omitted } = cutLong(cycle.edges);
  const graph = collectWaitGraph({
    ...analysis,
    cycles: [{ ...cycle, edges }],
    chains: [],
    omittedChains: 0,
  });
  const drawn = drawGraph(graph, model, cycle);
  const ring = omitted === 0 ? drawn : bridgeGap(drawn, graph, cycle.edges, edges, omitted);
  return addVictims(ring, model, position);
}

/** Begin and end of a long ring or chain. */
export function cutLong(edges: readonly Edge[]): { edges: readonly Edge[]; omitted: number } {
  const half = MOST_TASKS / 2;
  return edges.length <= MOST_TASKS + 1
    ? { edges, omitted: 0 }
    : { edges: [...edges.slice(0, half), ...edges.slice(-half)], omitted: edges.length - MOST_TASKS - 1 };
}

export function drawGraph({ nodes, edges }: WaitGraph, model: PageModel, cycle?: Cycle): DrawnGraph {
  return {
    nodes: nodes.map((node) => drawNode(node, model, cycle)),
    edges: edges.map(drawEdge),
  };
}

function drawNode(node: GraphNode, model: PageModel, cycle: Cycle | undefined): DrawnNode {
  const lines = nameNode(node, model.analysis.tasks);
  const role = node.type === 'task' && cycle !== undefined ? findRole(cycle, node.tid) : undefined;
  const all = role === undefined ? lines : [...lines, `in the role "${role}"`];
  const handle = handleOfNode(node, model);
  return {
    type: node.type,
    lines: all.map((line) => clip(line, LONGEST_LINE)),
    inCycle: node.inCycle,
    title: `${node.type} ${all.join(', ')}`,
    ...(handle !== undefined && { handle }),
  };
}

function handleOfNode(node: GraphNode, { resourceByKey }: PageModel): string | undefined {
  switch (node.type) {
    case 'task':
      return taskHandle(node.tid);
    case 'resource':
      return resourceByKey.get(resourceKey(node.resource))?.handle;
    case 'device':
    case 'nobody':
      return undefined;
  }
}

function drawEdge({ type, from, to, edge, inCycle }: GraphEdge): DrawnEdge {
  return type === 'wait'
    ? { from, to, label: `${formatDuration(edge.waitNs)}${nameManner(edge)}`, style: 'wait', inCycle }
    : { from, to, label: nameClaim(edge), style: styleOf(edge), inCycle };
}

function styleOf({ io, blocker, hard, evidence }: Edge): LineStyle {
  if (io) {
    return 'io';
  }
  return blocker === null ? 'nobody' : hard ? evidence : 'queue';
}

/** With a box for the tasks that were cut out. */
export function bridgeGap(
  drawn: DrawnGraph,
  { nodes }: WaitGraph,
  all: readonly Edge[],
  shown: readonly Edge[],
  omitted: number,
): DrawnGraph {
  const half = shown.length / 2;
  const nodeOf = (tid: number) => nodes.findIndex((node) => node.type === 'task' && node.tid === tid);
  const gap = drawn.nodes.length;
  const line = formatPlural(omitted, 'more task');
  return {
    nodes: [...drawn.nodes, { type: 'gap', lines: [line], inCycle: true, title: line }],
    edges: [
      ...drawn.edges,
      { from: nodeOf(all[half]!.waiter), to: gap, label: '', style: 'more', inCycle: true },
      { from: gap, to: nodeOf(shown[half]!.waiter), label: '', style: 'more', inCycle: true },
    ],
  };
}

/** Who waits behind the cycle, counted, where it joins. */
function addVictims(drawn: DrawnGraph, model: PageModel, position: number): DrawnGraph {
  const { analysis } = model;
  const joined = Map.groupBy(
    analysis.chains.filter(({ cycle }) => cycle === position),
    (chain) => joinOf(chain, analysis, position),
  );
  const nodes = [...drawn.nodes];
  const edges = [...drawn.edges];
  const largest = [...joined].sort(([, a], [, b]) => b.length - a.length).slice(0, MOST_STUBS);
  for (const [tid, chains] of largest) {
    const to = drawn.nodes.findIndex(({ handle }) => tid !== null && handle === taskHandle(tid));
    if (to >= 0) {
      const waiters = new Set(chains.map(({ links }) => links[0]!.waiter));
      const line = `${formatPlural(waiters.size, 'task')} stuck behind it`;
      edges.push({ from: nodes.length, to, label: '', style: 'more', inCycle: false });
      nodes.push({
        type: 'victims',
        lines: [line],
        inCycle: false,
        title: `${line}: ${nameTasks(analysis.tasks, [...waiters], MOST_VICTIMS)}`,
        handle: cycleHandle(position),
      });
    }
  }
  return { nodes, edges };
}

/** The task of the cycle that a chain comes to first. */
function joinOf({ links }: Chain, { cycles }: Analysis, position: number): number | null {
  const members = new Set(cycles[position]!.tasks);
  return links.find(({ blocker }) => blocker !== null && members.has(blocker))?.blocker ?? null;
}
