import { resourceKey, taskHandle } from '../../../../../analysis/handles.ts';
import type { Edge } from '../../../../../analysis/result.ts';
import { formatDuration } from '../../../format.ts';
import { describeUnlisted } from '../../../render-chain.ts';
import { decisiveFunction } from '../../../stack-text.ts';
import { nameBlocker, nameTask, nameWanted } from '../../../wording.ts';
import type { PageModel } from '../model/page-model.ts';
import { type Column, searchCells, type TableSpec, type Tone } from './table-spec.ts';

/** Who waits at the end of the capture, longest first. */
export function openWaitsTable(model: PageModel): TableSpec<Edge> {
  const { analysis } = model;
  const { tasks, capture } = analysis;
  const inCycle = new Set(analysis.cycles.flatMap(({ edges }) => edges.map(({ waiter }) => waiter)));
  const columns: readonly Column<Edge>[] = [
    { id: 'waiter', heading: 'waiter', text: ({ waiter }) => nameTask(tasks, waiter), share: 1.3 },
    { id: 'resource', heading: 'waits for', text: nameWanted, share: 2.4 },
    {
      id: 'for',
      heading: 'for',
      text: ({ waitNs }) => formatDuration(waitNs),
      number: ({ waitNs }) => waitNs,
      tone: ({ waitNs }) => (waitNs >= capture.hangThresholdNs ? 'warn' : undefined),
      share: 0.7,
    },
    {
      id: 'blocker',
      heading: 'blocker',
      text: (edge) => nameBlocker(edge, tasks),
      tone: (edge) => toneOf(edge, inCycle),
      share: 1.8,
    },
    {
      id: 'in',
      heading: 'in',
      text: ({ stack }) => decisiveFunction(stack) ?? 'not recorded',
      share: 1.2,
      isCode: true,
    },
  ];
  return {
    id: 'open-waits',
    title: 'Open waits',
    rows: [...model.edges].sort((a, b) => b.waitNs - a.waitNs),
    columns,
    handle: ({ waiter }) => taskHandle(waiter),
    search: searchCells(columns, ({ stack }) => stack),
    touches: ({ waiter, blocker, resource }, { tids, resources }) =>
      tids.has(waiter) || (blocker !== null && tids.has(blocker)) || resources.has(resourceKey(resource)),
    notes: describeUnlisted(analysis),
    empty: 'Nothing was waiting at the end.',
  };
}

function toneOf({ io, waiter, blocker }: Edge, inCycle: ReadonlySet<number>): Tone | undefined {
  if (io) {
    return 'io';
  }
  return inCycle.has(waiter) && blocker !== null && inCycle.has(blocker) ? 'bad' : undefined;
}
