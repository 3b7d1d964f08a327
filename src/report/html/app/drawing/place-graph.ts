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
  /** The middle of its text. */
  readonly at: Point;
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** The text of the boxes is set in a font of one width. */
export const FONT_SIZE = 12;
export const LINE_HEIGHT = 17;
const CHARACTER_WIDTH = FONT_SIZE * 0.61;
const LABEL_CHARACTER_WIDTH = 11 * 0.58;
const PADDING_X = 14;
const PADDING_Y = 9;
/** What the pointed sides of a resource take. */
const POINT_WIDTH = 12;
const MARGIN = 6;

/** Places for the boxes and ways for the arrows, top down. */
export function placeGraph({ nodes, edges }: DrawnGraph): PlacedGraph {
  const graph = new Graph({ multigraph: true })
    .setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 30, edgesep: 18, marginx: MARGIN, marginy: MARGIN })
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
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map((node, i) => ({ ...node, ...sizes[i]!, ...pointOf(graph.node(String(i))) })),
    edges: edges.map((edge, i) => placeEdge(edge, graph.edge(String(edge.from), String(edge.to), String(i)))),
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

function labelBox({ label }: DrawnEdge): { width: number; height: number; labelpos: 'c' } {
  return {
    width: Math.ceil(displayWidth(label) * LABEL_CHARACTER_WIDTH) + 8,
    height: label === '' ? 4 : 18,
    labelpos: 'c',
  };
}

function placeEdge(edge: DrawnEdge, placed: { points?: Point[]; x?: number; y?: number }): PlacedEdge {
  const points = (placed.points ?? []).map(pointOf);
  const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
  return { ...edge, points, at: { x: placed.x ?? middle.x, y: placed.y ?? middle.y } };
}

function pointOf({ x = 0, y = 0 }: { x?: number; y?: number }): Point {
  return { x: round(x), y: round(y) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A smooth line through the points: its corners are rounded off towards the middles between them. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined || rest.length === 0) {
    return '';
  }
  const last = rest.at(-1)!;
  const bends = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1]!;
    const end = i === rest.length - 2 ? next : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x} ${point.y} ${round(end.x)} ${round(end.y)}`;
  });
  return bends.length === 0
    ? `M${first.x} ${first.y}L${last.x} ${last.y}`
    : `M${first.x} ${first.y}${bends.join('')}`;
}

/** The outline of a box: tasks have round corners, resources pointed sides. */
export function outlineOf({ type, width, height }: PlacedNode): string {
  const x = width / 2;
  const y = height / 2;
  if (type === 'resource') {
    const inner = x - POINT_WIDTH;
    return `M${-x} 0L${-inner} ${-y}H${inner}L${x} 0L${inner} ${y}H${-inner}Z`;
  }
  const r = type === 'task' ? 7 : 0;
  return `M${-x + r} ${-y}H${x - r}q${r} 0 ${r} ${r}V${y - r}q0 ${r} ${-r} ${r}H${-x + r}q${-r} 0 ${-r} ${-r}V${-y + r}q0 ${-r} ${r} ${-r}Z`;
}
