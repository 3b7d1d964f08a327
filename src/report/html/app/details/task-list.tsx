import { taskHandle } from '../../../../../analysis/handles.ts';
import { formatPlural } from '../../../format.ts';
import { nameNamed } from '../../../wording.ts';
import { usePage } from '../page-context.ts';
import { Folded } from '../parts/folded.tsx';
import { HandleLink } from '../parts/handle-link.tsx';

const MOST_NAMED = 20;

/** Links to tasks, those beyond a few folded away. */
export function TaskList({ tids }: { tids: readonly number[] }) {
  const rest = tids.slice(MOST_NAMED);
  return (
    <>
      <TaskLinks tids={tids.slice(0, MOST_NAMED)} />
      {rest.length > 0 && (
        <Folded summary={formatPlural(rest.length, 'more task')}>{() => <TaskLinks tids={rest} />}</Folded>
      )}
    </>
  );
}

function TaskLinks({ tids }: { tids: readonly number[] }) {
  const { taskByTid } = usePage().model;
  return (
    <ul class="inline">
      {tids.map((tid) => (
        <li key={tid}>
          <HandleLink handle={taskByTid.has(tid) ? taskHandle(tid) : undefined}>
            {nameNamed(taskByTid.get(tid) ?? { tid, name: String(tid) })}
          </HandleLink>
        </li>
      ))}
    </ul>
  );
}
