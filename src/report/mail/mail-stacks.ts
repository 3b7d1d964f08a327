import type { Analysis, Edge } from '../../../analysis/result.ts';
import { escapeText } from '../escape.ts';
import { formatDuration } from '../format.ts';
import { clip, padEnd } from '../layout.ts';
import { nameTask } from '../wording.ts';
import { inAscii, shownEdges } from './mail-text.ts';

/** As kernel/sched/core.c pads a name; one of another program's making may be longer. */
const COMM_WIDTH = 15;
const LONGEST_COMM = 40;

/**
 * The stacks of the tasks in the order of who waits for whom, as the kernel prints blocked tasks, so that people and programs
 * read them at once. Without the letter of the state: a capture does not have it, unless a CPU spins.
 */
export function mailStacks(analysis: Analysis): string[][] {
  return shownEdges(analysis).map((edge) => [
    describeTask(edge, analysis),
    ...(edge.stack.length === 0 ? ['(its stack was not recorded)'] : stackLines(edge.stack)),
  ]);
}

function describeTask(edge: Edge, { tasks }: Analysis): string {
  const { waiter, waitNs, resource, context } = edge;
  const { comm, pid } = tasks[waiter] ?? {};
  const name = comm === undefined ? nameTask(tasks, waiter) : clip(escapeText(comm), LONGEST_COMM);
  const state = context === 'interrupt' || resource.kind === 'spinlock' ? ' state:R' : '';
  const group = pid === undefined ? '' : ` tgid:${pid}`;
  // A log that gives its tasks no numbers has negative ones here.
  const number = waiter < 0 ? '' : ` pid:${waiter}`;
  return `task:${padEnd(name, COMM_WIDTH)}${state}${number}${group} waiting:${inAscii(formatDuration(waitNs)).replace(' ', '')}`;
}

export function stackLines(stack: readonly string[]): string[] {
  return ['Call Trace:', ...stack.map((frame) => ` ${escapeText(frame)}`)];
}
