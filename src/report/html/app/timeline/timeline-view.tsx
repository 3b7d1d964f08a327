import { useMemo, useRef } from 'preact/hooks';
import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';
import type { Terms } from '../model/search.ts';
import { usePalette } from './hooks.ts';
import type { TimelineItem } from './item.ts';
import { buildTimelineModel } from './model.ts';
import { TimelineBody } from './timeline-body.tsx';
import './timeline.css';

export type { TimelineItem } from './item.ts';

export interface TimelineViewProps {
  readonly timeline: Timeline;
  /** When each cycle closed, in the order of Analysis.cycles. */
  readonly closedNs: readonly number[];
  /** Drawn as chosen, with the arrows of its chain; brought into view when it changes. */
  readonly selected: TimelineItem | undefined;
  /** undefined: nothing is to be chosen. */
  readonly onSelect: (item: TimelineItem | undefined) => void;
  /** The page's filter; without a term, the lanes of interest are shown. The same list as long as it says the same. */
  readonly terms: Terms;
}

/** Waits and holds of the tasks over time. */
export function TimelineView(props: TimelineViewProps) {
  const { timeline, closedNs } = props;
  const ref = useRef<HTMLDivElement>(null);
  const palette = usePalette(ref);
  // The moments are a few numbers, and whoever lists them anew each time must not have everything built anew.
  const model = useMemo(() => buildTimelineModel(timeline, closedNs), [timeline, closedNs.join()]);
  return (
    <div ref={ref} class="timeline">
      {palette && <TimelineBody {...props} model={model} palette={palette} />}
    </div>
  );
}
