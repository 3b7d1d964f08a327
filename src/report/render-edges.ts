import type { Edge, TaskSummary } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { formatDuration } from './format.ts';
import { layoutTable, wrapAfter } from './layout.ts';
import { nameBlocker, nameTask, nameWanted } from './wording.ts';

type Tasks = Readonly<Record<string, TaskSummary>>;

const COLUMNS = [{ share: 0.22 }, {}, { share: 0.12 }, { share: 0.36 }] as const;
const HEADINGS = ['waiter', 'waits for', 'for', 'blocker'] as const;

/** One edge a row, in the order waiter, resource, how long, blocker; the first line holds the headings. */
export function renderEdges(edges: readonly Edge[], tasks: Tasks, width: number): string[] {
  const rows = edges.map((edge) => [
    nameTask(tasks, edge.waiter),
    nameWanted(edge),
    formatDuration(edge.waitNs),
    nameBlocker(edge, tasks),
  ]);
  return layoutTable(COLUMNS, [HEADINGS, ...rows], width);
}

/** What holders that were not simply seen were inferred from, a line for each. */
export function renderInferences(edges: readonly Edge[], tasks: Tasks, width: number): string[] {
  return edges.flatMap(({ blocker, hard, inferredFrom }) =>
    // That somebody is ahead in a queue is said with the edge already.
    blocker === null || inferredFrom === undefined || !hard
      ? []
      : wrapAfter('inferred: ', `${nameTask(tasks, blocker)} from ${escapeText(inferredFrom)}`, width),
  );
}
