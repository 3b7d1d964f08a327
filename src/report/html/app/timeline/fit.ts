import { HOLD_LOOKS, WAIT_LOOKS } from './looks.ts';
import type { TimelineModel } from './model.ts';
import type { SpanTable } from './span-table.ts';
import { fitRange, type TimeView, wholeView } from './time-view.ts';

/** What there is to see of the cycles. */
export interface CycleViews {
  /** From when the first of what keeps them closed was taken or waited for, to the end. */
  readonly waits: TimeView;
  /** The same up to the moment when the last one closed: who took what, in which order. */
  readonly closing: TimeView;
}

/** undefined: there is no cycle. */
export function fitCycles(model: TimelineModel): CycleViews | undefined {
  const { waits, holds, closedNs, timeline } = model;
  const fromNs = Math.min(
    earliest(waits, WAIT_LOOKS.indexOf('cycle')),
    earliest(holds, HOLD_LOOKS.indexOf('wanted')),
  );
  const bounds = wholeView(timeline.endNs);
  const fit = (toNs: number) => fitRange({ fromNs, toNs: Math.max(fromNs, toNs) }, bounds);
  return closedNs.length === 0 || fromNs === Number.POSITIVE_INFINITY
    ? undefined
    : { waits: fit(timeline.endNs), closing: fit(closedNs.reduce((latest, ns) => Math.max(latest, ns), 0)) };
}

function earliest({ beginNs, look }: SpanTable, wanted: number): number {
  return beginNs.reduce(
    (least, ns, position) => (look[position] === wanted ? Math.min(least, ns) : least),
    Number.POSITIVE_INFINITY,
  );
}
