import { Graph, layout } from '@dagrejs/dagre';
import { displayWidth } from '../../../layout.ts';
import type { DrawnEdge, DrawnGraph, DrawnNode } from './drawn-graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box by its middle; all lengths are pixels. */
export interface PlacedNode extends DrawnNode, Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge extends DrawnEdge {
  readonly points: readonly Point[];
  /** Of its text, half of it above `at` and half below. */
  readonly lines: readonly string[];
  readonly at: Point;
  /** On which side of `at` the text is. */
  readonly side: 'left' | 'right';
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** The text of the boxes is set in a font of one width. */
const FONT_SIZE = 12;
export const LINE_HEIGHT = 17;
export const LABEL_LINE_HEIGHT = 14;
const CHARACTER_WIDTH = FONT_SIZE * 0.61;
const LABEL_CHARACTER_WIDTH = 11 * 0.58;
const PADDING_X = 14;
const PADDING_Y = 9;
/** What the pointed sides of a resource take. */
export const POINT_WIDTH = 12;
const MARGIN = 6;
/** Beside its arrow, so that the arrow's own line can be seen. */
const LABEL_GAP = 7;
/** How near to the corners of a box an arrow may be. */
const SIDE = 22;

/** Places for the boxes and ways for the arrows, top down. */
export function placeGraph({ nodes, edges }: DrawnGraph): PlacedGraph {
  const graph = new Graph({ multigraph: true })
    .setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 42, edgesep: 18, marginx: MARGIN, marginy: MARGIN })
    .setDefaultEdgeLabel(() => ({}));
  const sizes = nodes.map(sizeOf);
  nodes.forEach((_, i) => {
    graph.setNode(String(i), { ...sizes[i]! });
  });
  edges.forEach((edge, i) => {
    graph.setEdge(String(edge.from), String(edge.to), labelBox(edge), String(i));
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const placed = nodes.map((node, i) => ({ ...node, ...sizes[i]!, ...pointOf(graph.node(String(i))) }));
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: placed,
    edges: edges.map((edge, i) => {
      const way = graph.edge(String(edge.from), String(edge.to), String(i));
      return placeEdge(edge, way, placed[edge.from]!, placed[edge.to]!);
    }),
  };
}

function sizeOf({ type, lines }: DrawnNode): { width: number; height: number } {
  const widest = Math.max(...lines.map(displayWidth));
  const pointed = type === 'resource' ? 2 * POINT_WIDTH : 0;
  return {
    width: Math.ceil(widest * CHARACTER_WIDTH + 2 * PADDING_X + pointed),
    height: lines.length * LINE_HEIGHT + 2 * PADDING_Y,
  };
}

/** The text stands beside its arrow, on the outer side of a bow to the left; as much room on the other side keeps the arrow in the middle. */
function labelBox({ label }: DrawnEdge): { width: number; height: number; labelpos: 'c' } {
  const lines = splitLabel(label);
  const widest = Math.max(...lines.map(displayWidth));
  return {
    width: 2 * Math.ceil(widest * LABEL_CHARACTER_WIDTH + LABEL_GAP),
    height: label === '' ? 4 : lines.length * LABEL_LINE_HEIGHT + 4,
    labelpos: 'c',
  };
}

/** What is in brackets at the end of a label is its second line. */
function splitLabel(label: string): readonly string[] {
  return label.split(/ (?=\()/);
}

type Placed = { readonly points?: readonly Point[]; readonly x?: number; readonly y?: number };

function placeEdge(edge: DrawnEdge, placed: Placed, from: PlacedNode, to: PlacedNode): PlacedEdge {
  const inner = (placed.points ?? []).slice(1, -1).map(pointOf);
  const first = inner[0] ?? to;
  const last = inner.at(-1) ?? from;
  const x = placed.x ?? first.x;
  const isLeft = x < from.x && x < to.x;
  return {
    ...edge,
    points: [edgeOf(from, first), ...inner, edgeOf(to, last)],
    lines: splitLabel(edge.label),
    at: { x: round(isLeft ? x - LABEL_GAP : x + LABEL_GAP), y: round(placed.y ?? first.y) },
    side: isLeft ? 'left' : 'right',
  };
}

/** Where an arrow that comes from, or goes to, a point meets a box: on its upper or lower side. */
function edgeOf({ x, y, width, height }: PlacedNode, towards: Point): Point {
  const reach = width / 2 - SIDE;
  return {
    x: round(Math.min(x + reach, Math.max(x - reach, towards.x))),
    y: round(towards.y < y ? y - height / 2 : y + height / 2),
  };
}

function pointOf({ x = 0, y = 0 }: { x?: number; y?: number }): Point {
  return { x: round(x), y: round(y) };
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
