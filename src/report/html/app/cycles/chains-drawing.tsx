import { useMemo } from 'preact/hooks';
import { Drawing } from '../drawing/drawing.tsx';
import { drawChainsGraph } from '../drawing/drawn-chains.ts';
import { usePage } from '../page-context.ts';
import { Notes } from '../parts/notes.tsx';
import { TextCopy } from './text-copy.tsx';

/** Who waits for whom where nothing waits in a circle. */
export function ChainsDrawing() {
  const { model } = usePage();
  const drawn = useMemo(() => drawChainsGraph(model), [model]);
  return (
    <section aria-labelledby="waits-drawn">
      <h2 id="waits-drawn">{drawn === undefined ? 'The report as text' : 'Who waits for whom'}</h2>
      <div class="side-by-side">
        {drawn !== undefined && <Drawing graph={drawn.graph} name="Drawing of the wait chains" id="chains" />}
        <TextCopy text={model.data.text} what="report" />
      </div>
      <Notes notes={drawn === undefined ? [] : drawn.notes} />
    </section>
  );
}
