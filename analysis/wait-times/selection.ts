import type { TraceTables } from '../../src/trace/index.ts';
import type { Edge } from '../result.ts';

/** Which waits count. Of several conditions all must be met. */
export interface WaitSelection {
  /** The waiter's tid, or its comm when the wait began. */
  readonly task?: string;
  /** `kind:id`, an id, or a part of a label. */
  readonly resource?: string;
  readonly kind?: string;
}

/** Whether a wait of a task for a resource counts, or a hold by it. */
export type Selects = (tid: number, resource: number) => boolean;

export function createSelector(selection: WaitSelection, { tasks, resources }: TraceTables): Selects {
  return (tid, resource) =>
    isTask(selection, tid, tasks.latest(tid)?.comm) &&
    isResource(selection, {
      kind: resources.kind(resource),
      id: resources.id(resource),
      label: resources.label(resource),
    });
}

/** Whether an edge of the result is about what is selected, on either side. */
export function selectsEdge(
  selection: WaitSelection,
  { waiter, blocker, resource }: Edge,
  commOf: (tid: number) => string | undefined,
): boolean {
  const isTid = (tid: number | null) => tid !== null && isTask(selection, tid, commOf(tid));
  return (isTid(waiter) || isTid(blocker)) && isResource(selection, resource);
}

export function isEverything({ task, resource, kind }: WaitSelection): boolean {
  return task === undefined && resource === undefined && kind === undefined;
}

function isTask({ task }: WaitSelection, tid: number, comm: string | undefined): boolean {
  return task === undefined || task === String(tid) || task === comm;
}

function isResource(
  { resource, kind }: WaitSelection,
  is: { readonly kind: string; readonly id: string; readonly label?: string | undefined },
): boolean {
  const isNamed =
    resource === undefined ||
    resource === is.id ||
    resource === `${is.kind}:${is.id}` ||
    (is.label?.includes(resource) ?? false);
  return isNamed && (kind === undefined || kind === is.kind);
}
