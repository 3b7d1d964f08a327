import type { Analysis, Chain, Cycle, Edge, ResourceRef, TaskSummary } from './result.ts';
import type { WaitHistory } from './wait-times/result.ts';

/** Something that an analysis prints a handle for. Positions count from 0, handles from 1. */
export type Handled =
  | { readonly type: 'cycle'; readonly position: number; readonly cycle: Cycle }
  | { readonly type: 'chain'; readonly position: number; readonly chain: Chain }
  | { readonly type: 'task'; readonly tid: number; readonly task: TaskSummary }
  | { readonly type: 'resource'; readonly position: number; readonly resource: ResourceRef }
  | { readonly type: 'wait'; readonly position: number; readonly wait: WaitHistory };

/** Handle of `cycles[position]`. */
export function cycleHandle(position: number): string {
  return `c-${position + 1}`;
}

/** Handle of `chains[position]`. */
export function chainHandle(position: number): string {
  return `w-${position + 1}`;
}

/** `t-` and the tid; tasks of a log that numbers none have negative ones: `t--1`. */
export function taskHandle(tid: number): string {
  return `t-${tid}`;
}

/** Handle of `listResources(analysis)[position]`. */
export function resourceHandle(position: number): string {
  return `r-${position + 1}`;
}

/** Handle of `waitTimes.detail.longest.rows[position]`. */
export function waitHandle(position: number): string {
  return `l-${position + 1}`;
}

/** What is kept of a wait over time, where that was asked for. */
export function findHistory(
  { waitTimes }: Analysis,
  { waiter, resource, sinceNs }: Edge,
): WaitHistory | undefined {
  return waitTimes?.detail?.longest.rows.find(
    (wait) =>
      wait.task.tid === waiter &&
      wait.sinceNs === sinceNs &&
      resourceKey(wait.resource) === resourceKey(resource),
  );
}

/** Every resource that a cycle or chain mentions, once, in the order of first mention. */
export function listResources(analysis: Analysis): readonly ResourceRef[] {
  const byKey = new Map<string, ResourceRef>();
  const mention = ({ resource }: Edge): void => {
    const key = resourceKey(resource);
    if (!byKey.has(key)) {
      byKey.set(key, resource);
    }
  };
  for (const { edges } of analysis.cycles) {
    edges.forEach(mention);
  }
  for (const { links } of analysis.chains) {
    links.forEach(mention);
  }
  return [...byKey.values()];
}

/** Tells resources of one analysis apart: the same id means another thing under another kind. */
export function resourceKey({ kind, id }: ResourceRef): string {
  return `${kind} ${id}`;
}

/** What a printed handle stands for; undefined if this analysis printed no such handle. */
export function findHandle(analysis: Analysis, text: string): Handled | undefined {
  const [, letter, digits] = /^([cwtrl])-(-?\d+)$/.exec(text.trim()) ?? [];
  const number = Number(digits);
  const position = number - 1;
  switch (letter) {
    case 'c': {
      const cycle = analysis.cycles[position];
      return cycle && { type: 'cycle', position, cycle };
    }
    case 'w': {
      const chain = analysis.chains[position];
      return chain && { type: 'chain', position, chain };
    }
    case 't': {
      const task = analysis.tasks[number];
      return task && { type: 'task', tid: number, task };
    }
    case 'r': {
      const resource = listResources(analysis)[position];
      return resource && { type: 'resource', position, resource };
    }
    case 'l': {
      const wait = analysis.waitTimes?.detail?.longest.rows[position];
      return wait && { type: 'wait', position, wait };
    }
    default:
      return undefined;
  }
}
