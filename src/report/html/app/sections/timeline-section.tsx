import { useCallback, useMemo } from 'preact/hooks';
import { formatDuration, formatPlural } from '../../../format.ts';
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
      <Notes notes={describeOmitted(timeline.omitted)} />
    </section>
  );
}

function describeOmitted({
  waits,
  waitedNs,
  holds,
  heldNs,
}: {
  waits: number;
  waitedNs: number;
  holds: number;
  heldNs: number;
}): string[] {
  return [
    ...(waits === 0
      ? []
      : [`${formatPlural(waits, 'shorter wait')} not on this page, ${formatDuration(waitedNs)} in all`]),
    ...(holds === 0
      ? []
      : [`${formatPlural(holds, 'shorter hold')} not on this page, ${formatDuration(heldNs)} in all`]),
  ];
}
