import { cycleHandle, resourceKey, taskHandle } from '../../../../../analysis/handles.ts';
import type { Edge, ResourceRef } from '../../../../../analysis/result.ts';
import type { TimelineItem } from '../timeline/item.ts';
import { holdRowHandle, type Item, waitRowHandle } from './item.ts';
import type { PageModel } from './page-model.ts';

/** What is selected, as the timeline shows it; undefined where it has no place there. */
export function toTimeline(model: PageModel, item: Item | undefined): TimelineItem | undefined {
  switch (item?.type) {
    case 'cycle':
      return { type: 'cycle', cycle: item.position };
    case 'chain':
      return ofEdge(model, item.chain.links[0]!);
    case 'wait':
      return ofWait(model, item.wait.task.tid, item.wait.resource, item.wait.sinceNs);
    case 'task':
      return ofLane(item.task.lanes.at(-1));
    case 'span':
      return { type: item.of === 'waits' ? 'wait' : 'hold', row: item.row };
    case 'resource':
    case undefined:
      return undefined;
  }
}

/** The handle of what was chosen on the timeline. */
export function fromTimeline({ timeline }: PageModel, item: TimelineItem): string {
  switch (item.type) {
    case 'cycle':
      return cycleHandle(item.cycle);
    case 'task':
      return taskHandle(timeline.lanes[item.lane]!.tid);
    case 'wait':
      return waitRowHandle(item.row);
    case 'hold':
      return holdRowHandle(item.row);
  }
}

function ofEdge(model: PageModel, { waiter, resource, sinceNs }: Edge): TimelineItem | undefined {
  return ofWait(model, waiter, resource, sinceNs);
}

/** The wait on one of the task's lanes; the lane, where the wait itself was left out. */
function ofWait(
  model: PageModel,
  tid: number,
  resource: ResourceRef,
  sinceNs: number,
): TimelineItem | undefined {
  const { waits, resources } = model.timeline;
  const lanes = model.taskByTid.get(tid)?.lanes ?? [];
  const key = resourceKey(resource);
  for (let row = lanes.length === 0 ? waits.lane.length : 0; row < waits.lane.length; row++) {
    const isIt = waits.beginNs[row] === sinceNs && lanes.includes(waits.lane[row]!);
    if (isIt && resourceKey(resources[waits.resource[row]!]!) === key) {
      return { type: 'wait', row };
    }
  }
  return ofLane(lanes.at(-1));
}

function ofLane(lane: number | undefined): TimelineItem | undefined {
  return lane === undefined ? undefined : { type: 'task', lane };
}
