import type { Cycle } from '../../../../../analysis/result.ts';
import { formatPlural } from '../../../format.ts';
import { describeExtent, sumUpCycle } from '../../../render-cycle.ts';
import { Signature } from '../head/signature.tsx';
import { usePage } from '../page-context.ts';
import { Doubts } from '../parts/doubts.tsx';
import { EdgeList } from './edge-list.tsx';
import { TaskList } from './task-list.tsx';

/** A cycle: every wait in it with its stack, all that it is known as, and who is stuck behind it. */
export function CycleDetail({ position }: { position: number }) {
  const { analysis } = usePage().model;
  const cycle = analysis.cycles[position]!;
  const { edges, reasons, matches } = cycle;
  return (
    <>
      <p>{sumUpCycle(cycle, analysis)}</p>
      <p class="dim">{describeExtent(cycle, analysis)}</p>
      <Doubts reasons={reasons} />
      {matches.map((match) => (
        <Signature key={match.id} match={match} />
      ))}
      <h3>Who waits for whom</h3>
      <EdgeList edges={edges} withStacks />
      <Victims cycle={cycle} />
    </>
  );
}

function Victims({ cycle: { victims, moreVictims = 0 } }: { cycle: Cycle }) {
  const count = victims.length + moreVictims;
  if (count === 0) {
    return null;
  }
  return (
    <>
      <h3>Stuck behind it: {formatPlural(count, 'task')}</h3>
      <TaskList tids={victims} />
      {moreVictims > 0 && <p class="notes">{formatPlural(moreVictims, 'more victim')}: --max-chains</p>}
    </>
  );
}
