import { resourceKey, taskHandle } from '../../../../../analysis/handles.ts';
import type { Edge } from '../../../../../analysis/result.ts';
import { formatDuration, formatPlural } from '../../../format.ts';
import { renderInferences } from '../../../render-edges.ts';
import { nameBlocker, nameTask, nameWanted } from '../../../wording.ts';
import { usePage } from '../page-context.ts';
import { Folded } from '../parts/folded.tsx';
import { HandleLink } from '../parts/handle-link.tsx';
import { Stack } from '../parts/stack.tsx';

/** Waits listed before the rest is folded away. */
const MOST_EDGES = 24;

/** Waits, each with who waits, for what, for how long, and who has it and why that is believed; stacks of the first. */
export function EdgeList({ edges, withStacks = false }: { edges: readonly Edge[]; withStacks?: boolean }) {
  const rest = edges.slice(MOST_EDGES);
  return (
    <>
      <EdgeItems edges={edges.slice(0, MOST_EDGES)} withStacks={withStacks} />
      {rest.length > 0 && (
        <Folded summary={formatPlural(rest.length, 'more wait')}>
          {() => <EdgeItems edges={rest} withStacks={false} />}
        </Folded>
      )}
    </>
  );
}

function EdgeItems({ edges, withStacks }: { edges: readonly Edge[]; withStacks: boolean }) {
  return (
    <ol class="edges">
      {edges.map((edge, i) => (
        <li key={i}>
          <EdgeText edge={edge} />
          {withStacks && <Stack frames={edge.stack} />}
        </li>
      ))}
    </ol>
  );
}

/** `waiter waits 2.81 s for resource, held by blocker (traced)`, each a link. */
export function EdgeText({ edge }: { edge: Edge }) {
  const { analysis, resourceByKey, taskByTid } = usePage().model;
  const { waiter, resource, blocker, waitNs } = edge;
  const { tasks } = analysis;
  const linkOf = (tid: number) => (taskByTid.has(tid) ? taskHandle(tid) : undefined);
  return (
    <>
      <HandleLink handle={linkOf(waiter)}>{nameTask(tasks, waiter)}</HandleLink> waits{' '}
      <strong>{formatDuration(waitNs)}</strong> for{' '}
      <HandleLink handle={resourceByKey.get(resourceKey(resource))?.handle}>{nameWanted(edge)}</HandleLink>,{' '}
      {blocker === null ? (
        nameBlocker(edge, tasks)
      ) : (
        <HandleLink handle={linkOf(blocker)}>{nameBlocker(edge, tasks)}</HandleLink>
      )}
      {renderInferences([edge], tasks, Number.POSITIVE_INFINITY).map((inference) => (
        <span key={inference} class="dim">
          ; {inference}
        </span>
      ))}
    </>
  );
}
