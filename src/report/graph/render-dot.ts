import type { Analysis } from '../../../analysis/result.ts';
import type { Evidence } from '../../trace/index.ts';
import { formatDuration } from '../format.ts';
import { wrap } from '../layout.ts';
import { nameClaim, nameManner } from '../wording.ts';
import { headGraph, nameNode } from './graph-text.ts';
import { collectWaitGraph, type GraphEdge, type GraphNode } from './wait-graph.ts';

/** How sure an edge is, as graphviz draws lines. */
const LINE_STYLES: Readonly<Record<Evidence, string>> = {
  traced: 'solid',
  'owner-field': 'solid',
  'released-later': 'dashed',
  stack: 'dashed',
  unknown: 'dotted',
};
const SHAPES: Readonly<Record<GraphNode['type'], string>> = {
  task: 'box',
  resource: 'ellipse',
  device: 'cylinder',
  nobody: 'plaintext',
};
const HEAD_WIDTH = 80;
const CYCLE_COLOUR = '#c0392b';

/** The wait-for graph at the end of the capture in the language of graphviz: `dot -Tsvg`. */
export function renderDot(analysis: Analysis): string {
  const graph = collectWaitGraph(analysis);
  const head = [
    ...headGraph(graph, analysis).flatMap((line) => wrap(line, HEAD_WIDTH)),
    'solid: seen, or read from the lock; dashed: inferred; dotted: a guess',
    'empty arrow: ahead in the queue, not a holder; red: a cycle',
  ];
  return [
    'digraph waits {',
    `  graph [labelloc=t, labeljust=l, fontname="sans-serif", label="${head.map((line) => `${quoteText(line)}\\l`).join('')}"];`,
    '  node [fontname="sans-serif", style=filled, fillcolor=white];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...graph.nodes.map((node, i) => `  n${i} ${dotNode(node, analysis)};`),
    ...graph.edges.map((edge) => `  n${edge.from} -> n${edge.to} ${dotEdge(edge)};`),
    '}\n',
  ].join('\n');
}

function dotNode(node: GraphNode, analysis: Analysis): string {
  const label = nameNode(node, analysis.tasks).map(quoteText).join('\\n');
  const colours = node.inCycle
    ? `, color="${CYCLE_COLOUR}"${node.type === 'task' ? ', penwidth=2' : ''}`
    : '';
  return `[shape=${SHAPES[node.type]}, label="${label}"${colours}]`;
}

function dotEdge({ type, edge, inCycle }: GraphEdge): string {
  const colours = inCycle ? `, color="${CYCLE_COLOUR}", penwidth=2` : '';
  if (type === 'wait') {
    return `[label="${quoteText(formatDuration(edge.waitNs) + nameManner(edge))}"${colours}]`;
  }
  const arrow = edge.hard ? '' : ', arrowhead=empty';
  return `[label="${quoteText(nameClaim(edge))}", style=${LINE_STYLES[edge.evidence]}${arrow}${colours}]`;
}

/** Inside double quotes; graphviz reads HTML entities there, and a backslash as the beginning of a field. */
function quoteText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
