import { useMemo } from 'preact/hooks';
import { usePage } from '../page-context.ts';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { outlineOf, pathThrough } from './draw-lines.ts';
import type { DrawnGraph } from './drawn-graph.ts';
import { Legend } from './legend.tsx';
import {
  LABEL_LINE_HEIGHT,
  LINE_HEIGHT,
  type PlacedEdge,
  type PlacedNode,
  type Point,
  placeGraph,
} from './place-graph.ts';

/** Boxes and arrows, as large as their text is; what every arrow means is below it. */
export function Drawing({ graph, name, id }: { graph: DrawnGraph; name: string; id: string }) {
  const placed = useMemo(() => placeGraph(graph), [graph]);
  const { width, height, nodes, edges } = placed;
  return (
    <figure class="drawing">
      <ScrollBox name={name} class="drawing-scroll">
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-label="Boxes and arrows">
          <Arrowheads id={id} />
          {edges.map((edge) => (
            <Arrow key={`${edge.from} ${edge.to} ${edge.style}`} edge={edge} id={id} />
          ))}
          {nodes.map((node, i) => (
            <Box key={i} node={node} />
          ))}
        </svg>
      </ScrollBox>
      <Legend graph={graph} />
    </figure>
  );
}

function Arrowheads({ id }: { id: string }) {
  return (
    <defs>
      {['ring', 'side'].map((tone) => (
        <marker
          key={tone}
          id={`${id}-${tone}`}
          class={`head-${tone}`}
          viewBox="0 0 10 10"
          refX="9"
          refY="5"
          markerUnits="userSpaceOnUse"
          markerWidth="12"
          markerHeight="12"
          orient="auto-start-reverse"
        >
          <path d="M0 0L10 5L0 10z" />
        </marker>
      ))}
    </defs>
  );
}

function Arrow({ edge, id }: { edge: PlacedEdge; id: string }) {
  const { points, at, lines, side, style, inCycle } = edge;
  const tone = inCycle ? 'ring' : 'side';
  return (
    <g class={`arrow arrow-${tone}`}>
      <path class={`line line-${style}`} d={pathThrough(points)} marker-end={`url(#${id}-${tone})`} />
      <Lines lines={lines} at={at} lineHeight={LABEL_LINE_HEIGHT} class={`arrow-label ${side}`} />
    </g>
  );
}

function Box({ node }: { node: PlacedNode }) {
  const { handle, title, type, inCycle } = node;
  const { selected, item, mentions, model } = usePage();
  const isSelected = type !== 'victims' && handle !== undefined && handle === selected;
  const tid = handle?.startsWith('t-') ? Number(handle.slice(2)) : undefined;
  const isNear =
    item?.type !== 'cycle' && tid !== undefined && mentions.tids.has(tid) && model.taskByTid.has(tid);
  const classes = ['box', `box-${type}`, inCycle && 'in-cycle', (isSelected || isNear) && 'selected'];
  const box = (
    <g class={classes.filter(Boolean).join(' ')} transform={`translate(${node.x} ${node.y})`}>
      <title>{title}</title>
      <path class="outline" d={outlineOf(node)} />
      <Lines lines={node.lines} at={ORIGIN} lineHeight={LINE_HEIGHT} />
    </g>
  );
  return handle === undefined ? box : <a href={`#${handle}`}>{box}</a>;
}

const ORIGIN: Point = { x: 0, y: 0 };

interface LinesProps {
  readonly lines: readonly string[];
  readonly at: Point;
  readonly lineHeight: number;
  readonly class?: string;
}

/** Text of several lines, half of them above the point. */
function Lines({ lines, at, lineHeight, class: classes }: LinesProps) {
  const top = at.y - ((lines.length - 1) / 2) * lineHeight;
  return (
    <text class={classes}>
      {lines.map((line, i) => (
        <tspan key={i} x={at.x} y={top + i * lineHeight} dy="0.35em" class={i === 0 ? 'first' : undefined}>
          {line}
        </tspan>
      ))}
    </text>
  );
}
