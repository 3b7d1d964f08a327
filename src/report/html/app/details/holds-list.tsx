import { resourceKey } from '../../../../../analysis/handles.ts';
import { formatPlural } from '../../../format.ts';
import { collectHeld, type Held } from '../../../render-task.ts';
import { nameTasks } from '../../../wording.ts';
import type { PageTask } from '../model/page-model.ts';
import { usePage } from '../page-context.ts';
import { Folded } from '../parts/folded.tsx';
import { HandleLink } from '../parts/handle-link.tsx';

/** Holds listed before the rest is folded away. */
const MOST_HOLDS = 8;

/** What a task holds at the end, what others wait for first. */
export function HoldsList({ task: { tid, edges, blocks } }: { task: PageTask }) {
  const { analysis } = usePage().model;
  const held = collectHeld({ tid, edge: edges[0], blocks }, analysis);
  if (held.length === 0) {
    return null;
  }
  const sorted = held.toSorted((a, b) => b.wantedBy.length - a.wantedBy.length);
  const rest = sorted.slice(MOST_HOLDS);
  return (
    <>
      <h3>Holds</h3>
      <HoldItems held={sorted.slice(0, MOST_HOLDS)} />
      {rest.length > 0 && (
        <Folded summary={formatPlural(rest.length, 'more hold')}>{() => <HoldItems held={rest} />}</Folded>
      )}
    </>
  );
}

function HoldItems({ held }: { held: readonly Held[] }) {
  const { analysis, resourceByKey } = usePage().model;
  return (
    <ul class="edges">
      {held.map(({ resource, text, wantedBy }) => (
        <li key={resourceKey(resource)}>
          <HandleLink handle={resourceByKey.get(resourceKey(resource))?.handle}>{text}</HandleLink>
          {wantedBy.length > 0 && (
            <strong class="tone-held"> ← wanted by {nameTasks(analysis.tasks, wantedBy)}</strong>
          )}
        </li>
      ))}
    </ul>
  );
}
