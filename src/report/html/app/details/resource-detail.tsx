import { resourceKey, taskHandle } from '../../../../../analysis/handles.ts';
import { formatDuration } from '../../../format.ts';
import { nameNamed, nameResource } from '../../../wording.ts';
import type { PageResource } from '../model/page-model.ts';
import { usePage } from '../page-context.ts';
import { Stack } from '../parts/stack.tsx';
import { EdgeList } from './edge-list.tsx';

/** A resource: who was seen taking it, and who waits for it at the end. */
export function ResourceDetail({ resource: { resource, key } }: { resource: PageResource }) {
  const { model } = usePage();
  const { capture } = model.analysis;
  const waits = model.openEdges.filter((edge) => resourceKey(edge.resource) === key);
  const holds = model.tasks.flatMap((task) =>
    (task.summary?.holds ?? []).filter((hold) => resourceKey(hold) === key).map((hold) => ({ task, hold })),
  );
  return (
    <>
      <p class="name">
        <strong>{nameResource(resource)}</strong>
      </p>
      <h3>Seen held by</h3>
      {holds.length === 0 && <p class="dim">nobody</p>}
      {holds.map(({ task, hold }) => (
        <div key={task.tid}>
          <p>
            <a href={`#${taskHandle(task.tid)}`}>{nameNamed(task)}</a>, for{' '}
            {formatDuration(capture.endNs - hold.sinceNs)}, taken in
          </p>
          <Stack frames={hold.stack} />
        </div>
      ))}
      <h3>Open waits for it</h3>
      {waits.length === 0 ? <p class="dim">none</p> : <EdgeList edges={waits} />}
    </>
  );
}
