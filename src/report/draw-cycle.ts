import type { Cycle, TaskSummary } from '../../analysis/result.ts';
import { formatPlural } from './format.ts';
import { clip } from './layout.ts';
import { nameBriefly, nameManner, nameTask } from './wording.ts';

/** A larger ring is no picture any more: its middle is left out, the table below has every edge. */
const MOST_TASKS = 12;

/**
 * The cycle as a picture: each task, what it wants, and under it the task that has it; the last one leads back to the
 * first.
 */
export function drawCycle(
  cycle: Cycle,
  tasks: Readonly<Record<string, TaskSummary>>,
  width: number,
): string[] {
  const { edges } = cycle;
  const tail = edges.length > MOST_TASKS ? MOST_TASKS / 2 : 0;
  const head = tail === 0 ? edges.length : MOST_TASKS / 2;
  const lines: string[] = [];
  for (let i = 0; i < edges.length; i++) {
    if (i === head) {
      lines.push(`│    ┆  ${formatPlural(edges.length - head - tail, 'more task')}`, '│    ▼');
    }
    if (i < head || i >= edges.length - tail) {
      lines.push(`${i === 0 ? '┌──▶' : '│   '} ${nameTask(tasks, edges[i]!.waiter)}`);
      lines.push(
        `│      │ wants ${nameBriefly(edges[i]!.resource)}${nameManner(edges[i]!)}`,
        i === edges.length - 1 ? '└──────┘' : '│      ▼',
      );
    }
  }
  return lines.map((line) => clip(line, width));
}
