import { useMemo } from 'preact/hooks';
import { cycleHandle } from '../../../../../analysis/handles.ts';
import { NO_COLOURS } from '../../../palette.ts';
import { describeExtent, renderCycle, sumUpCycle } from '../../../render-cycle.ts';
import { renderInferences } from '../../../render-edges.ts';
import { Drawing } from '../drawing/drawing.tsx';
import { drawCycleGraph } from '../drawing/drawn-graph.ts';
import { usePage } from '../page-context.ts';
import { Doubts } from '../parts/doubts.tsx';
import { TextCopy } from './text-copy.tsx';

/** Columns of the text: what a mail quotes without breaking lines. */
const TEXT_STYLE = { width: 78, palette: NO_COLOURS, fullStacks: false } as const;

/** Edges of a long ring whose inferences are told at once; the details have the others. */
const MOST_INFERENCES = 12;

/** One cycle: why it may not be one, the drawing, and beside it the same as text. */
export function CycleView({ position }: { position: number }) {
  const { model } = usePage();
  const { analysis } = model;
  const cycle = analysis.cycles[position]!;
  const handle = cycleHandle(position);
  const graph = useMemo(() => drawCycleGraph(model, position), [model, position]);
  const text = useMemo(
    () => renderCycle(cycle, position, analysis, TEXT_STYLE).join('\n'),
    [cycle, position, analysis],
  );
  const inferences = renderInferences(
    cycle.edges.slice(0, MOST_INFERENCES),
    analysis.tasks,
    Number.POSITIVE_INFINITY,
  );
  return (
    <>
      <p>
        <a href={`#${handle}`}>{handle}</a> of {describeExtent(cycle, analysis)}
      </p>
      <Doubts reasons={cycle.reasons} />
      <div class="side-by-side">
        <Drawing
          graph={graph}
          name={`Drawing of cycle ${handle}: ${sumUpCycle(cycle, analysis)}`}
          id={handle}
        />
        <TextCopy text={text} what="cycle" />
      </div>
      {graph.nodes.some(({ type }) => type === 'gap') && (
        <p class="notes">
          Not all of it is drawn; <a href={`#${handle}`}>{handle}</a> lists every edge.
        </p>
      )}
      {inferences.map((inference) => (
        <p key={inference} class="dim">
          {inference}
        </p>
      ))}
    </>
  );
}
