import { cycleHandle, listResources, resourceHandle, resourceKey } from '../../../../../analysis/handles.ts';
import type { Analysis, Edge, ResourceRef, TaskSummary } from '../../../../../analysis/result.ts';
import type { Timeline, TimelineLane } from '../../../../../analysis/timeline/timeline.ts';
import { listEdges } from '../../../render-detail.ts';
import type { PageData } from '../../page-data.ts';
import { completeOpen } from './open-edges.ts';
import { collectWaiters } from './waiters.ts';

/** A page's data, and what of it is looked up again and again. */
export interface PageModel {
  readonly data: PageData;
  /** With the names of all tasks, not only of those in listed cycles and chains. */
  readonly analysis: Analysis;
  readonly timeline: Timeline;
  /** Every open wait of a listed cycle or chain, once. */
  readonly edges: readonly Edge[];
  /** Every open wait that there is. */
  readonly openEdges: readonly Edge[];
  /** Of listed cycles and chains first, as `holdwait show` numbers them. */
  readonly resources: readonly PageResource[];
  readonly tasks: readonly PageTask[];
  readonly resourceByKey: ReadonlyMap<string, PageResource>;
  readonly taskByTid: ReadonlyMap<number, PageTask>;
}

/** A resource and what it is called in the page's address. */
export interface PageResource {
  readonly handle: string;
  readonly key: string;
  readonly resource: ResourceRef;
}

/** Everything known of a tid: what is said of it at the end, and its lanes, one for each task that had it. */
export interface PageTask {
  readonly tid: number;
  readonly name: string;
  readonly summary?: TaskSummary;
  /** Positions in Timeline.lanes. */
  readonly lanes: readonly number[];
  readonly waits: number;
  readonly waitedNs: number;
  /** Its own open waits. */
  readonly edges: readonly Edge[];
  /** Open waits of others behind it, of those that name it. */
  readonly blocks: readonly Edge[];
  /** Tids of all whose open waits are for it. */
  readonly waiters: readonly number[];
  /** Positions in Analysis.cycles. */
  readonly cycles: readonly number[];
}

export function buildPageModel(data: PageData): PageModel {
  const { analysis, timeline } = data;
  const edges = listEdges(analysis);
  const openEdges = completeOpen(edges, timeline);
  const resources = collectResources(analysis, timeline);
  const tasks = collectTasks(analysis, timeline, openEdges);
  return {
    data,
    analysis: { ...analysis, tasks: nameAll(analysis.tasks, tasks) },
    timeline,
    edges,
    openEdges,
    resources,
    tasks,
    resourceByKey: new Map(resources.map((one) => [one.key, one])),
    taskByTid: new Map(tasks.map((task) => [task.tid, task])),
  };
}

function nameAll(listed: Analysis['tasks'], tasks: readonly PageTask[]): Analysis['tasks'] {
  const named = tasks.map(({ tid, name }): [number, TaskSummary] => [tid, { name, holds: [] }]);
  return { ...Object.fromEntries(named), ...listed };
}

/** What no listed wait is for has a handle of the page's own: `holdwait show` does not know it. */
function pageResourceHandle(position: number): string {
  return `tr-${position + 1}`;
}

function collectResources(analysis: Analysis, timeline: Timeline): PageResource[] {
  const byKey = new Map<string, PageResource>();
  const add = (resource: ResourceRef, handle: string): void => {
    const key = resourceKey(resource);
    if (!byKey.has(key)) {
      byKey.set(key, { handle, key, resource });
    }
  };
  listResources(analysis).forEach((resource, i) => {
    add(resource, resourceHandle(i));
  });
  timeline.resources.forEach((resource, i) => {
    add(resource, pageResourceHandle(i));
  });
  return [...byKey.values()];
}

function collectTasks(analysis: Analysis, timeline: Timeline, edges: readonly Edge[]): PageTask[] {
  const { lanes } = timeline;
  const own = Map.groupBy(edges, ({ waiter }) => waiter);
  const blocks = Map.groupBy(edges, ({ blocker }) => blocker);
  const waiters = collectWaiters(edges, timeline);
  const cycles = cyclesByTask(analysis);
  const byTid = Map.groupBy(lanes.keys(), (lane) => lanes[lane]!.tid);
  const listed = Object.keys(analysis.tasks).map(Number);
  return [...new Set([...byTid.keys(), ...listed])].map((tid) => ({
    tid,
    ...describeTask(tid, byTid.get(tid) ?? [], analysis, lanes),
    edges: own.get(tid) ?? [],
    blocks: blocks.get(tid) ?? [],
    waiters: waiters.get(tid) ?? [],
    cycles: cycles.get(tid) ?? [],
  }));
}

function describeTask(
  tid: number,
  own: readonly number[],
  { tasks }: Analysis,
  lanes: readonly TimelineLane[],
): Pick<PageTask, 'name' | 'summary' | 'lanes' | 'waits' | 'waitedNs'> {
  const summary = tasks[tid];
  const of = own.map((lane) => lanes[lane]!);
  return {
    name: summary?.name ?? of.at(-1)?.name ?? String(tid),
    ...(summary && { summary }),
    lanes: own,
    waits: of.reduce((sum, { waits }) => sum + waits, 0),
    waitedNs: of.reduce((sum, { waitedNs }) => sum + waitedNs, 0),
  };
}

function cyclesByTask({ cycles }: Analysis): Map<number, number[]> {
  const byTid = new Map<number, number[]>();
  cycles.forEach(({ tasks }, position) => {
    for (const tid of tasks) {
      byTid.set(tid, [...(byTid.get(tid) ?? []), position]);
    }
  });
  return byTid;
}

/** Handles of the cycles that a task is in. */
export function cycleHandles({ cycles }: PageTask): readonly string[] {
  return cycles.map(cycleHandle);
}
