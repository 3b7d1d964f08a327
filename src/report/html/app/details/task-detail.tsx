import { chainHandle } from '../../../../../analysis/handles.ts';
import { formatDuration, formatPlural } from '../../../format.ts';
import { findRole } from '../../../render-cycle.ts';
import { nameNamed } from '../../../wording.ts';
import { cycleHandles, type PageTask } from '../model/page-model.ts';
import { usePage } from '../page-context.ts';
import { Stack } from '../parts/stack.tsx';
import { EdgeText } from './edge-list.tsx';
import { HoldsList } from './holds-list.tsx';
import { SpanList } from './span-list.tsx';
import { TaskList } from './task-list.tsx';

/** A task: what it waits for and in which code, what it holds and who wants that, and what it waited for before. */
export function TaskDetail({ task }: { task: PageTask }) {
  const { analysis } = usePage().model;
  const { tid, summary, edges, waiters, waits, waitedNs } = task;
  const allocation = summary?.allocation;
  const process = summary?.pid === undefined || summary.pid === tid ? '' : `, a thread of ${summary.pid}`;
  return (
    <>
      <p class="name">
        <strong class="code">{nameNamed(task)}</strong>
        {process}
        <Roles task={task} />
      </p>
      {edges.length === 0 && <p class="dim">it waits for nothing recorded</p>}
      {edges.map((edge) => (
        <div key={`${edge.sinceNs} ${edge.resource.id} ${edge.blocker}`}>
          <p>
            <EdgeText edge={edge} />
          </p>
          <Stack frames={edge.stack} />
        </div>
      ))}
      {allocation !== undefined && (
        <p>
          inside <span class="code">{allocation.fn}</span>, for{' '}
          {formatDuration(analysis.capture.endNs - allocation.sinceNs)}
        </p>
      )}
      <HoldsList task={task} />
      {waiters.length > 0 && (
        <>
          <h3>Waiting for it: {formatPlural(waiters.length, 'task')}</h3>
          <TaskList tids={waiters} />
        </>
      )}
      <MemberOf task={task} />
      {waits > 0 && (
        <>
          <h3>
            All of its waits: {formatPlural(waits, 'wait')}, {formatDuration(waitedNs)}
          </h3>
          <SpanList lanes={task.lanes} />
        </>
      )}
    </>
  );
}

function Roles({ task }: { task: PageTask }) {
  const { cycles } = usePage().model.analysis;
  const roles = task.cycles.flatMap((position) => findRole(cycles[position]!, task.tid) ?? []);
  return <>{[...new Set(roles)].map((role) => `, in the role "${role}"`)}</>;
}

const MOST_CHAINS = 8;

/** Cycles that it is in, and chains that begin with it. */
function MemberOf({ task }: { task: PageTask }) {
  const { chains } = usePage().model.analysis;
  const own = chains.flatMap(({ links }, i) => (links[0]!.waiter === task.tid ? [chainHandle(i)] : []));
  const through = chains.flatMap(({ links }, i) =>
    links.slice(1).some(({ waiter }) => waiter === task.tid) ? [chainHandle(i)] : [],
  );
  const handles = [...cycleHandles(task), ...own, ...through];
  if (handles.length === 0) {
    return null;
  }
  const more = handles.length - MOST_CHAINS;
  return (
    <p>
      Part of:{' '}
      {handles.slice(0, MOST_CHAINS).map((handle) => (
        <span key={handle}>
          <a href={`#${handle}`}>{handle}</a>{' '}
        </span>
      ))}
      {more > 0 && `and ${formatPlural(more, 'more chain')}`}
    </p>
  );
}
