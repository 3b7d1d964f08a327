import type { Analysis } from '../../../analysis/result.ts';
import type { Evidence } from '../../trace/index.ts';
import { formatDuration } from '../format.ts';
import { nameClaim, nameManner } from '../wording.ts';
import { headGraph, nameNode } from './graph-text.ts';
import { collectWaitGraph, type GraphEdge, type GraphNode } from './wait-graph.ts';

const DASHED = '-.->';
/** How sure an edge is, as Mermaid draws lines; it has no dotted ones beside the dashed. */
const ARROWS: Readonly<Record<Evidence, string>> = {
  traced: '-->',
  'owner-field': '-->',
  'released-later': DASHED,
  stack: DASHED,
  unknown: DASHED,
};
/** What a node's text stands between. */
const SHAPES: Readonly<Record<GraphNode['type'], readonly [string, string]>> = {
  task: ['["', '"]'],
  resource: ['(["', '"])'],
  device: ['[("', '")]'],
  nobody: ['(("', '"))'],
};

/** The wait-for graph at the end of the capture as a Mermaid flowchart, for a ticket or a README. */
export function renderMermaid(analysis: Analysis): string {
  const graph = collectWaitGraph(analysis);
  const cycle = graph.edges.flatMap(({ inCycle }, i) => (inCycle ? [i] : []));
  const members = graph.nodes.flatMap(({ inCycle }, i) => (inCycle ? [`n${i}`] : []));
  return [
    '---',
    `title: ${quoteTitle(headGraph(graph, analysis).join('; '))}`,
    '---',
    'flowchart TD',
    ...graph.nodes.map((node, i) => `  n${i}${mermaidNode(node, analysis)}`),
    ...graph.edges.map((edge) => `  n${edge.from} ${mermaidEdge(edge)} n${edge.to}`),
    ...(cycle.length === 0
      ? []
      : [
          `  linkStyle ${cycle.join(',')} stroke:#c0392b,stroke-width:3px`,
          '  classDef cycle stroke:#c0392b,stroke-width:3px',
          `  class ${members.join(',')} cycle`,
        ]),
    '',
  ].join('\n');
}

function mermaidNode(node: GraphNode, analysis: Analysis): string {
  const [open, close] = SHAPES[node.type];
  return open + nameNode(node, analysis.tasks).map(quoteText).join('<br/>') + close;
}

function mermaidEdge({ type, edge }: GraphEdge): string {
  if (type === 'wait') {
    return `-->|"${quoteText(formatDuration(edge.waitNs) + nameManner(edge))}"|`;
  }
  const claim = nameClaim(edge);
  return ARROWS[edge.evidence] + (claim === '' ? '' : `|"${quoteText(claim)}"|`);
}

/** YAML, of which a JSON string is a part. Mermaid shows a title as it stands, but takes out what looks like an element. */
function quoteTitle(text: string): string {
  return JSON.stringify(text.replaceAll('<', '\\x3c'));
}

/**
 * Inside double quotes. Mermaid looks for markup, lists, entities and directives there with one pattern after the other, so
 * that everything but letters, digits and a few marks is written by its number.
 */
function quoteText(text: string): string {
  return text.replace(
    /[^\p{L}\p{M}\p{N} .,/_()+-]|[.+-](?= )/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}
