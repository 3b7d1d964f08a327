import { resourceKey, taskHandle, waitHandle } from '../../../../../analysis/handles.ts';
import type {
  ChainEnd,
  Convoy,
  LongHold,
  Ranked,
  WaitHistory,
  WaitRoot,
  WaitSum,
  WithLatency,
} from '../../../../../analysis/wait-times/result.ts';
import { formatCount, formatDuration, formatMoment, formatPlural, formatShare } from '../../../format.ts';
import { namePath } from '../../../render-wait-detail.ts';
import {
  nameBriefly,
  nameChainEnd,
  nameHoldEnd,
  nameKind,
  nameNamed,
  nameWaitEnd,
} from '../../../wording.ts';
import type { PageModel } from '../model/page-model.ts';
import { type Column, searchCells, type TableSpec } from './table-spec.ts';

/** What the chains of all waits ended at: whom the time was behind. */
export function blockersTable({ analysis }: PageModel): TableSpec<WaitRoot> {
  const waitedNs = analysis.waitTimes?.waitedNs ?? 0;
  const columns: readonly Column<WaitRoot>[] = [
    { id: 'behind', heading: 'behind', text: nameChainEnd, tone: toneOfEnd, share: 3 },
    timeColumn(({ waitedNs: ns }) => ns),
    {
      id: 'share',
      heading: 'share',
      text: (row) => formatShare(row.waitedNs, waitedNs),
      number: (row) => row.waitedNs,
      share: 0.5,
    },
  ];
  return {
    ...ofRanked(analysis.waitTimes?.detail?.roots),
    id: 'blockers',
    title: 'Top blockers',
    columns,
    handle: (row) => ('task' in row ? taskHandle(row.task.tid) : undefined),
    search: searchCells(columns, () => []),
    touches: (row, { tids }) => 'task' in row && tids.has(row.task.tid),
    empty: 'No wait ended at anybody.',
  };
}

/** Single waits with whom they were for over time. */
export function longestWaitsTable({ analysis }: PageModel): TableSpec<PlacedWait> {
  const columns: readonly Column<PlacedWait>[] = [
    { id: 'task', heading: 'task', text: ({ wait }) => nameNamed(wait.task), share: 1.2 },
    { id: 'resource', heading: 'for', text: ({ wait }) => nameBriefly(wait.resource), share: 2 },
    timeColumn(({ wait }) => wait.waitNs),
    momentColumn(({ wait }) => wait.sinceNs),
    { id: 'end', heading: 'end', text: ({ wait }) => nameWaitEnd(wait.end), share: 0.8 },
    { id: 'behind', heading: 'at last behind', text: ({ wait }) => nameLast(wait), share: 1.4 },
    { id: 'handle', heading: 'handle', text: ({ handle }) => handle, share: 0.7 },
  ];
  const { rows, notes } = ofRanked(analysis.waitTimes?.detail?.longest);
  return {
    rows: rows.map((wait, i) => ({ wait, handle: waitHandle(i) })),
    notes,
    id: 'longest-waits',
    title: 'Longest waits',
    columns,
    handle: ({ handle }) => handle,
    search: searchCells(columns, ({ wait }) => [wait.resource.id, ...wait.path]),
    touches: ({ wait }, { tids }) => tids.has(wait.task.tid),
    empty: 'No wait is kept with its history.',
  };
}

interface PlacedWait {
  readonly wait: WaitHistory;
  readonly handle: string;
}

function nameLast({ segments }: WaitHistory): string {
  const last = segments.at(-1);
  return last === undefined ? '' : nameChainEnd(last.end);
}

/** Stretches in which several waited for one resource. */
export function convoysTable({ analysis, resourceByKey }: PageModel): TableSpec<Convoy> {
  const columns: readonly Column<Convoy>[] = [
    { id: 'resource', heading: 'for', text: ({ resource }) => nameBriefly(resource), share: 2.4 },
    timeColumn(({ waitedNs }) => waitedNs),
    countColumn('waits', 'waits', ({ waits }) => waits),
    countColumn('peak', 'at once', ({ peakWaiters }) => peakWaiters),
    {
      id: 'holder',
      heading: 'behind',
      text: ({ holder }) => (holder === undefined ? '' : nameNamed(holder)),
      share: 1.2,
    },
    { ...countColumn<Convoy>('handovers', 'handed over', ({ handovers }) => handovers), share: 0.9 },
    momentColumn(({ fromNs }) => fromNs),
    {
      id: 'lasted',
      heading: 'lasted',
      text: ({ fromNs, toNs, isOpen }) => `${formatDuration(toNs - fromNs)}${isOpen ? ' so far' : ''}`,
      number: ({ fromNs, toNs }) => toNs - fromNs,
      share: 1,
    },
  ];
  return {
    ...ofRanked(analysis.waitTimes?.detail?.convoys),
    id: 'convoys',
    title: 'Convoys',
    columns,
    handle: ({ resource }) => resourceByKey.get(resourceKey(resource))?.handle,
    search: searchCells(columns, ({ resource }) => [resource.id]),
    touches: ({ holder, resource }, { tids, resources }) =>
      (holder !== undefined && tids.has(holder.tid)) || resources.has(resourceKey(resource)),
    empty: 'No resource had several waiters at once.',
  };
}

/** What was held for long while others waited. */
export function longHoldsTable({ analysis }: PageModel): TableSpec<LongHold> {
  const columns: readonly Column<LongHold>[] = [
    { id: 'task', heading: 'task', text: ({ task }) => nameNamed(task), share: 1.2 },
    { id: 'resource', heading: 'held', text: ({ resource }) => nameBriefly(resource), share: 2 },
    timeColumn(({ heldNs }) => heldNs),
    momentColumn(({ sinceNs }) => sinceNs),
    { id: 'end', heading: 'end', text: ({ end }) => nameHoldEnd(end), share: 0.9 },
    { id: 'taken', heading: 'taken in', text: ({ taken }) => nameCode(taken), share: 1.6, isCode: true },
  ];
  return {
    ...ofRanked(analysis.waitTimes?.detail?.holds),
    id: 'long-holds',
    title: 'Longest holds',
    columns,
    handle: ({ task }) => taskHandle(task.tid),
    search: searchCells(columns, ({ resource, taken, released }) => [resource.id, ...taken, ...released]),
    touches: ({ task }, { tids }) => tids.has(task.tid),
    empty: 'Nothing was seen held.',
  };
}

type KindRow = WaitSum & WithLatency & { readonly kind: string };

export function kindsTable({ analysis }: PageModel): TableSpec<KindRow> {
  return sumTable('kinds', 'Kinds of wait', analysis.waitTimes?.kinds, {
    id: 'kind',
    heading: 'kind',
    text: ({ kind }) => nameKind(kind),
    share: 1.6,
  });
}

type PathRow = WaitSum & WithLatency & { readonly path: readonly string[] };

export function pathsTable({ analysis }: PageModel): TableSpec<PathRow> {
  return sumTable('paths', 'Where in the code', analysis.waitTimes?.paths, {
    id: 'path',
    heading: 'in',
    text: ({ path }) => nameCode(path),
    share: 4,
    isCode: true,
  });
}

function sumTable<Row extends WaitSum & WithLatency>(
  id: string,
  title: string,
  ranked: Ranked<Row> | undefined,
  first: Column<Row>,
): TableSpec<Row> {
  const hasLatencies = ranked?.rows.some(({ latency }) => latency !== undefined);
  const columns: readonly Column<Row>[] = [
    first,
    countColumn('waits', 'waits', ({ waits }) => waits),
    timeColumn(({ waitedNs }) => waitedNs),
    ...(hasLatencies ? LATENCIES : []).map(
      ([heading, field]): Column<Row> => ({
        id: field,
        heading,
        text: ({ latency }) => (latency === undefined ? '' : formatDuration(latency[field])),
        number: ({ latency }) => latency?.[field] ?? -1,
        share: 0.7,
      }),
    ),
  ];
  return {
    ...ofRanked(ranked),
    id,
    title,
    columns,
    handle: () => undefined,
    search: searchCells(columns, () => []),
    touches: () => false,
    empty: 'No wait counts here.',
  };
}

const LATENCIES = [
  ['p50', 'p50Ns'],
  ['p90', 'p90Ns'],
  ['p99', 'p99Ns'],
  ['longest', 'maxNs'],
] as const;

function nameCode(path: readonly string[]): string {
  return namePath(path, { fullStacks: false }, 6);
}

function toneOfEnd({ type }: ChainEnd) {
  return type === 'cycle' ? 'bad' : type === 'io' ? 'io' : undefined;
}

function timeColumn<Row>(of: (row: Row) => number): Column<Row> {
  return { id: 'time', heading: 'time', text: (row) => formatDuration(of(row)), number: of, share: 0.7 };
}

function momentColumn<Row>(of: (row: Row) => number): Column<Row> {
  return { id: 'from', heading: 'from', text: (row) => formatMoment(of(row)), number: of, share: 1.1 };
}

function countColumn<Row>(id: string, heading: string, of: (row: Row) => number): Column<Row> {
  return { id, heading, text: (row) => formatCount(of(row)), number: of, share: 0.7 };
}

/** What of a list is not here is had by asking for more of it. */
function ofRanked<T>(ranked: Ranked<T> | undefined): Pick<TableSpec<T>, 'rows' | 'notes'> {
  if (ranked === undefined) {
    return { rows: [], notes: [] };
  }
  const { rows, omitted } = ranked;
  return { rows, notes: omitted === 0 ? [] : [`${formatPlural(omitted, 'more row')}: --top`] };
}
