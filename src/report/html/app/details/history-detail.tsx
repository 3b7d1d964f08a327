import { taskHandle } from '../../../../../analysis/handles.ts';
import type { WaitHistory } from '../../../../../analysis/wait-times/result.ts';
import { formatDuration, formatMoment, formatPlural } from '../../../format.ts';
import { nameBehind, sumUpHistory } from '../../../render-wait-history.ts';
import { usePage } from '../page-context.ts';
import { HandleLink } from '../parts/handle-link.tsx';
import { Stack } from '../parts/stack.tsx';

/** One wait, and whom it was behind over time. */
export function HistoryDetail({ wait }: { wait: WaitHistory }) {
  const { taskByTid } = usePage().model;
  const { task, path, segments, omittedSegments } = wait;
  return (
    <>
      <p>
        {sumUpHistory(wait)}.{' '}
        <HandleLink handle={taskByTid.has(task.tid) ? taskHandle(task.tid) : undefined}>
          More on the task
        </HandleLink>
      </p>
      <Stack frames={path} />
      <h3>Behind whom</h3>
      {segments.length === 0 && <p class="dim">not followed: too many waited for the same</p>}
      <ol class="edges">
        {segments.map((segment) => (
          <li key={segment.fromNs}>
            from {formatMoment(segment.fromNs)} for{' '}
            <strong>{formatDuration(segment.toNs - segment.fromNs)}</strong>: {nameBehind(segment)}
          </li>
        ))}
      </ol>
      {omittedSegments > 0 && (
        <p class="notes">{formatPlural(omittedSegments, 'stretch', 'stretches')} in between not kept</p>
      )}
    </>
  );
}
