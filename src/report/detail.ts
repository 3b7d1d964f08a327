import {
  chainHandle,
  cycleHandle,
  findHistory,
  type Handled,
  resourceHandle,
  taskHandle,
  waitHandle,
} from '../../analysis/handles.ts';
import type { Analysis, Chain, Cycle, Edge, ResourceRef } from '../../analysis/result.ts';
import type { WaitHistory } from '../../analysis/wait-times/result.ts';
import schema from './detail.schema.json' with { type: 'json' };
import { findResourceEdges, findTaskEdges } from './render-detail.ts';
import { analysisSchema } from './render-json.ts';

/** Version of the object that `holdwait show --json` prints. */
export const DETAIL_SCHEMA = 'holdwait.detail/1';

/** JSON Schema (draft 2020-12) of a Detail; what it has in common with an analysis is that of the analysis. */
export const detailSchema: Readonly<Record<string, unknown>> = { ...schema, $defs: analysisSchema.$defs };

/** What an analysis knows of some of the things that it printed handles for. */
export interface Detail extends Pick<Analysis, 'capture' | 'tasks'> {
  readonly schema: typeof DETAIL_SCHEMA;
  readonly items: readonly DetailItem[];
}

export type DetailItem = { readonly handle: string } & (
  | { readonly type: 'cycle'; readonly cycle: Cycle }
  | { readonly type: 'chain'; readonly chain: Chain; readonly history?: WaitHistory }
  | {
      readonly type: 'task';
      readonly tid: number;
      readonly waits: readonly Edge[];
      readonly blocks: readonly Edge[];
    }
  | {
      readonly type: 'resource';
      readonly resource: ResourceRef;
      /** Tids of those that were seen taking it and have it. */
      readonly holders: readonly number[];
      readonly waits: readonly Edge[];
    }
  | { readonly type: 'wait'; readonly wait: WaitHistory }
);

/** The counterpart of renderDetail() for programs. */
export function collectDetail(found: readonly Handled[], analysis: Analysis): Detail {
  const items = found.map((one) => toItem(one, analysis));
  const tids = new Set(items.flatMap(listTids).sort((a, b) => a - b));
  const tasks = [...tids].flatMap((tid) => {
    const task = analysis.tasks[tid];
    return task === undefined ? [] : [[tid, task] as const];
  });
  return { schema: DETAIL_SCHEMA, capture: analysis.capture, items, tasks: Object.fromEntries(tasks) };
}

function toItem(found: Handled, analysis: Analysis): DetailItem {
  switch (found.type) {
    case 'cycle':
      return { handle: cycleHandle(found.position), type: 'cycle', cycle: found.cycle };
    case 'chain': {
      const { position, chain } = found;
      const history = findHistory(analysis, chain.links[0]!);
      return { handle: chainHandle(position), type: 'chain', chain, ...(history && { history }) };
    }
    case 'task': {
      const { tid } = found;
      return { handle: taskHandle(tid), type: 'task', tid, ...findTaskEdges(tid, analysis) };
    }
    case 'resource': {
      const { position, resource } = found;
      const edges = findResourceEdges(resource, analysis);
      return { handle: resourceHandle(position), type: 'resource', resource, ...edges };
    }
    case 'wait':
      return { handle: waitHandle(found.position), type: 'wait', wait: found.wait };
  }
}

/** Everyone whose name a reader of an item needs; a wait over time has the names with it. */
function listTids(item: DetailItem): number[] {
  switch (item.type) {
    case 'cycle':
      return [...listEnds(item.cycle.edges), ...item.cycle.victims];
    case 'chain':
      return listEnds(item.chain.links);
    case 'task':
      return [item.tid, ...listEnds(item.waits), ...listEnds(item.blocks)];
    case 'resource':
      return [...item.holders, ...listEnds(item.waits)];
    case 'wait':
      return [];
  }
}

function listEnds(edges: readonly Edge[]): number[] {
  return edges.flatMap(({ waiter, blocker }) => (blocker === null ? [waiter] : [waiter, blocker]));
}
