import { useCallback, useMemo } from 'preact/hooks';
import { describeOmitted } from '../model/omitted-spans.ts';
import { fromTimeline, toTimeline } from '../model/timeline-item.ts';
import { usePage } from '../page-context.ts';
import { Notes } from '../parts/notes.tsx';
import { TimelineView } from '../timeline/timeline-view.tsx';

/** Waits and holds over time; what is selected there is selected everywhere. */
export function TimelineSection() {
  const { model, item, select, terms } = usePage();
  const { timeline, analysis } = model;
  const closedNs = useMemo(() => analysis.cycles.map((cycle) => cycle.closedNs), [analysis]);
  const chosen = useMemo(() => toTimeline(model, item), [model, item]);
  const onSelect = useCallback<Parameters<typeof TimelineView>[0]['onSelect']>(
    (next) => select(next === undefined ? '' : fromTimeline(model, next)),
    [model, select],
  );
  if (timeline.lanes.length === 0) {
    return null;
  }
  return (
    <section>
      <h2 id="timeline">Timeline</h2>
      <TimelineView
        timeline={timeline}
        closedNs={closedNs}
        selected={chosen}
        onSelect={onSelect}
        terms={terms}
      />
      <Notes notes={[...describeOmitted(timeline, 'waits'), ...describeOmitted(timeline, 'holds')]} />
    </section>
  );
}
