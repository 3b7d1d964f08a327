import { SPAN_ENDS } from '../../../../../analysis/timeline/timeline.ts';
import { HOLD_LOOKS, WAIT_LOOKS } from './looks.ts';
import type { TimelineModel } from './model.ts';
import type { SpanTable } from './span-table.ts';
import { fitRange, type TimeView, wholeView } from './time-view.ts';

const OPEN = SPAN_ENDS.indexOf('open');

/** What is seen first: the cycles, else the open waits of chains, else everything. */
export function chooseFirstView(model: TimelineModel): TimeView {
  return fitCycles(model) ?? fitChains(model) ?? wholeView(model.timeline.endNs);
}

/** From when what keeps the cycles closed was taken or waited for first, to the end; undefined: there is no cycle. */
export function fitCycles(model: TimelineModel): TimeView | undefined {
  const inCycle = earliest(model.waits, WAIT_LOOKS.indexOf('cycle'));
  const wanted = earliest(model.holds, HOLD_LOOKS.indexOf('wanted'));
  return inCycle === Number.POSITIVE_INFINITY ? undefined : fitFrom(model, Math.min(inCycle, wanted));
}

function earliest({ beginNs, look }: SpanTable, wanted: number): number {
  return beginNs.reduce(
    (least, ns, position) => (look[position] === wanted ? Math.min(least, ns) : least),
    Number.POSITIVE_INFINITY,
  );
}

function fitChains(model: TimelineModel): TimeView | undefined {
  const { lanes, waits } = model.timeline;
  const beginNs = waits.beginNs.reduce(
    (least, ns, row) =>
      waits.end[row] === OPEN && lanes[waits.lane[row]!]!.interest === 'chain' ? Math.min(least, ns) : least,
    Number.POSITIVE_INFINITY,
  );
  return beginNs === Number.POSITIVE_INFINITY ? undefined : fitFrom(model, beginNs);
}

function fitFrom({ timeline: { endNs } }: TimelineModel, fromNs: number): TimeView {
  return fitRange({ fromNs, toNs: Math.max(endNs, fromNs) }, wholeView(endNs));
}
