import { taskHandle } from '../../../../../analysis/handles.ts';
import { formatCount, formatDuration, formatPlural } from '../../../format.ts';
import { collectHeld } from '../../../render-task.ts';
import { nameBlocker, nameBriefly, nameNamed } from '../../../wording.ts';
import type { PageModel, PageTask } from '../model/page-model.ts';
import { type Column, searchCells, type TableSpec } from './table-spec.ts';

/** Held resources named in one cell. */
const MOST_NAMED = 2;

/** Everyone who waited or whom somebody waited for, with what they hold at the end. */
export function tasksTable(model: PageModel): TableSpec<PageTask> {
  const holds = (task: PageTask) => nameHeld(task, model);
  const columns: readonly Column<PageTask>[] = [
    { id: 'task', heading: 'task', text: nameNamed, share: 1.3 },
    {
      id: 'state',
      heading: 'at the end',
      text: (task) => nameState(task, model),
      tone: ({ cycles, edges }) => (cycles.length > 0 ? 'bad' : edges[0]?.io ? 'io' : undefined),
      share: 2,
    },
    { id: 'holds', heading: 'holds', text: holds, share: 2 },
    {
      id: 'behind',
      heading: 'waiting for it',
      text: ({ waiters }) => formatCount(waiters.length),
      number: ({ waiters }) => waiters.length,
      share: 0.7,
    },
    {
      id: 'waits',
      heading: 'waits',
      text: ({ waits }) => formatCount(waits),
      number: ({ waits }) => waits,
      share: 0.5,
    },
    {
      id: 'waited',
      heading: 'time',
      text: ({ waitedNs }) => formatDuration(waitedNs),
      number: ({ waitedNs }) => waitedNs,
      share: 0.7,
    },
  ];
  return {
    id: 'tasks',
    title: 'Tasks',
    rows: model.tasks,
    columns,
    handle: ({ tid }) => taskHandle(tid),
    search: searchCells(columns, ({ tid, summary, edges }) => [
      String(tid),
      ...(summary?.holds ?? []).flatMap(({ id, label, stack }) => [id, label ?? '', ...stack]),
      ...edges.flatMap(({ stack }) => stack),
    ]),
    touches: ({ tid, edges, waiters }, { tids }) =>
      tids.has(tid) ||
      edges.some(({ blocker }) => blocker !== null && tids.has(blocker)) ||
      waiters.some((waiter) => tids.has(waiter)),
    notes: [],
    empty: 'No task waited, and nobody waited for one.',
  };
}

function nameState({ edges, waiters }: PageTask, { analysis }: PageModel): string {
  const [edge] = edges;
  if (edge !== undefined) {
    return `waits for ${nameBriefly(edge.resource)}, ${nameBlocker(edge, analysis.tasks)}`;
  }
  return waiters.length > 0 ? 'not waiting' : '';
}

function nameHeld({ tid, edges, blocks }: PageTask, { analysis }: PageModel): string {
  const held = collectHeld({ tid, edge: edges[0], blocks }, analysis);
  const wantedFirst = held.toSorted((a, b) => b.wantedBy.length - a.wantedBy.length);
  const named = wantedFirst.slice(0, MOST_NAMED).map(({ resource }) => nameBriefly(resource));
  const rest = held.length - named.length;
  return [...named, ...(rest > 0 ? [formatPlural(rest, 'other')] : [])].join(', ');
}
