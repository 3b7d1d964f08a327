import { resourceKey, taskHandle } from '../../../../../analysis/handles.ts';
import { SPAN_ENDS } from '../../../../../analysis/timeline/timeline.ts';
import { formatDuration, formatMoment, formatPlural } from '../../../format.ts';
import { findSet } from '../../../wait-blockers.ts';
import { nameNamed, nameResource, nameSpanEnd, nameWanted } from '../../../wording.ts';
import { edgeOfWait, framesOf, nameSpanBlocker } from '../model/span-edge.ts';
import { usePage } from '../page-context.ts';
import { HandleLink } from '../parts/handle-link.tsx';
import { Stack } from '../parts/stack.tsx';
import { TaskList } from './task-list.tsx';

/** A wait or a hold of the timeline: from when to when, for what, whom it was for, and in which code. */
export function SpanDetail({ of, row }: { of: 'waits' | 'holds'; row: number }) {
  const { timeline, resourceByKey } = usePage().model;
  const { lane, beginNs, durationNs, resource, end, stack } = timeline[of];
  const task = timeline.lanes[lane[row]!]!;
  const what = timeline.resources[resource[row]!]!;
  const edge = of === 'waits' ? edgeOfWait(timeline, row) : undefined;
  return (
    <>
      <p>
        <HandleLink handle={taskHandle(task.tid)}>{nameNamed(task)}</HandleLink>{' '}
        {of === 'waits' ? 'waited' : 'held'} <strong>{formatDuration(durationNs[row]!)}</strong>
        {of === 'waits' ? ' for ' : ': '}
        <HandleLink handle={resourceByKey.get(resourceKey(what))?.handle}>
          {edge === undefined ? nameResource(what) : nameWanted(edge)}
        </HandleLink>
        , from {formatMoment(beginNs[row]!)}, {nameSpanEnd(of, SPAN_ENDS[end[row]!]!)}.
      </p>
      {of === 'waits' && <Blockers row={row} />}
      <Stack frames={framesOf(timeline, stack[row]!)} />
    </>
  );
}

function Blockers({ row }: { row: number }) {
  const { timeline } = usePage().model;
  const { waits, lanes } = timeline;
  const blocker = lanes[waits.blocker[row]!];
  const several = findSet(timeline, row);
  const text = nameSpanBlocker(timeline, row);
  if (several === undefined) {
    return (
      <p>
        <HandleLink handle={blocker && taskHandle(blocker.tid)}>{text}</HandleLink>
      </p>
    );
  }
  const { lanes: listed, more } = several;
  return (
    <>
      <p>{text}</p>
      <h3>Waits for {formatPlural(listed.length + more, 'task')}</h3>
      <TaskList tids={listed.map((lane) => lanes[lane]!.tid)} />
      {more > 0 && <p class="notes">{formatPlural(more, 'more task')} not on this page</p>}
    </>
  );
}
