import { resourceKey } from '../../../../../analysis/handles.ts';
import type { Edge } from '../../../../../analysis/result.ts';
import type { Item } from './item.ts';
import type { PageModel } from './page-model.ts';

/** Tasks and resources that something is about: what has one in common with what is selected is marked. */
export interface Mentions {
  readonly tids: ReadonlySet<number>;
  readonly resources: ReadonlySet<string>;
}

const NOTHING: Mentions = { tids: new Set(), resources: new Set() };

/** What an item is about. A task alone is not about what it waits for: all who wait for it would be marked. */
export function mentionsOf(model: PageModel, item: Item | undefined): Mentions {
  switch (item?.type) {
    case 'cycle':
      return ofEdges(item.cycle.edges);
    case 'chain':
      return ofEdges(item.chain.links);
    case 'task':
      return { ...NOTHING, tids: new Set([item.task.tid]) };
    case 'resource':
      return { ...NOTHING, resources: new Set([item.resource.key]) };
    case 'wait':
      return { ...NOTHING, tids: new Set([item.wait.task.tid]) };
    case 'span':
      return { ...NOTHING, tids: new Set([tidOfSpan(model, item)]) };
    case undefined:
      return NOTHING;
  }
}

function ofEdges(edges: readonly Edge[]): Mentions {
  return {
    tids: new Set(edges.map(({ waiter }) => waiter)),
    resources: new Set(edges.map(({ resource }) => resourceKey(resource))),
  };
}

function tidOfSpan({ timeline }: PageModel, { of, row }: Extract<Item, { type: 'span' }>): number {
  return timeline.lanes[timeline[of].lane[row]!]!.tid;
}
