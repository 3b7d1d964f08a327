import { resourceKey } from '../../../../../analysis/handles.ts';
import { SPAN_ENDS, type Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { formatDuration, formatMoment } from '../../../format.ts';
import { decisiveFunction } from '../../../stack-text.ts';
import { blockersOf } from '../../../wait-blockers.ts';
import { nameBriefly, nameNamed, nameResource, nameSpanEnd } from '../../../wording.ts';
import { waitRowHandle } from '../model/item.ts';
import { describeOmitted } from '../model/omitted-spans.ts';
import type { PageModel } from '../model/page-model.ts';
import { findTerms, type Terms } from '../model/search.ts';
import { framesOf, nameSpanBlocker } from '../model/span-edge.ts';
import type { Column, TableSpec } from './table-spec.ts';

/** Every wait of the timeline. A row is its position in the columns: nothing is made for each of them. */
export function allWaitsTable({ timeline }: PageModel): TableSpec<number> {
  const { lanes, waits, resources } = timeline;
  const frames = timeline.stacks.map((_, stack) => decisiveFunction(framesOf(timeline, stack)) ?? '');
  const columns: readonly Column<number>[] = [
    { id: 'task', heading: 'task', text: (row) => nameNamed(lanes[waits.lane[row]!]!), share: 1.2 },
    {
      id: 'resource',
      heading: 'for',
      text: (row) => nameBriefly(resources[waits.resource[row]!]!),
      share: 2,
    },
    {
      id: 'time',
      heading: 'time',
      text: (row) => formatDuration(waits.durationNs[row]!),
      number: (row) => waits.durationNs[row]!,
      share: 0.7,
    },
    {
      id: 'from',
      heading: 'from',
      text: (row) => formatMoment(waits.beginNs[row]!),
      number: (row) => waits.beginNs[row]!,
      share: 1.1,
    },
    {
      id: 'end',
      heading: 'end',
      text: (row) => nameSpanEnd('waits', SPAN_ENDS[waits.end[row]!]!),
      tone: (row) => (SPAN_ENDS[waits.end[row]!] === 'open' ? 'warn' : undefined),
      share: 0.8,
    },
    { id: 'blocker', heading: 'behind', text: (row) => nameSpanBlocker(timeline, row), share: 1.6 },
    { id: 'in', heading: 'in', text: (row) => frames[waits.stack[row]!] ?? '', share: 1.2, isCode: true },
  ];
  return {
    id: 'all-waits',
    title: 'All waits',
    rows: Array.from({ length: waits.lane.length }, (_, row) => row),
    columns,
    order: { column: 'time', direction: 'descending' },
    handle: waitRowHandle,
    search: (terms) => searchWaits(timeline, terms),
    touches: (row, { tids, resources: keys }) =>
      tids.has(lanes[waits.lane[row]!]!.tid) ||
      (keys.size > 0 && keys.has(resourceKey(resources[waits.resource[row]!]!))),
    notes: describeOmitted(timeline, 'waits'),
    empty: 'No wait was recorded.',
  };
}

/**
 * Names, resources and stacks are few beside the waits that refer to them: each is searched once, then a row is a few look-ups.
 */
function searchWaits(timeline: Timeline, terms: Terms): (row: number) => boolean {
  const { lanes, waits, resources } = timeline;
  const inLanes = findTerms(lanes.map(nameNamed), terms);
  const inResources = findTerms(
    resources.map((resource) => `${nameResource(resource)} ${resource.kind}`),
    terms,
  );
  const inStacks = findTerms(
    timeline.stacks.map((_, stack) => framesOf(timeline, stack).join('\n')),
    terms,
  );
  const inEnds = findTerms(
    SPAN_ENDS.map((end) => nameSpanEnd('waits', end)),
    terms,
  );
  return (row) =>
    terms.every(
      (_, term) =>
        inLanes[term]![waits.lane[row]!] === 1 ||
        inResources[term]![waits.resource[row]!] === 1 ||
        inStacks[term]![waits.stack[row]!] === 1 ||
        blockersOf(timeline, row).some((lane) => inLanes[term]![lane] === 1) ||
        inEnds[term]![waits.end[row]!] === 1,
    );
}
