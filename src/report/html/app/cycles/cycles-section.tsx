import { useLayoutEffect, useState } from 'preact/hooks';
import { cycleHandle } from '../../../../../analysis/handles.ts';
import { formatPlural } from '../../../format.ts';
import { sumUpCycle } from '../../../render-cycle.ts';
import type { Item } from '../model/item.ts';
import { usePage } from '../page-context.ts';
import { Folded } from '../parts/folded.tsx';
import { Notes } from '../parts/notes.tsx';
import { CycleView } from './cycle-view.tsx';
import { TabList, tabId, tabPanelId } from './tab-list.tsx';

/** Cycles with a tab of their own; the others are in a list, and get one when they are selected. */
const MOST_TABS = 6;

export function CyclesSection() {
  const { model, item, selected } = usePage();
  const { cycles, moreCycles } = model.analysis;
  const [active, setActive] = useState(0);
  // For each selection, and not for each cycle it leads to: in between, one may have looked at another.
  useLayoutEffect(() => setActive((now) => cycleOf(item, now)), [selected]);
  const shown = cycles.map((_, i) => i).filter((i) => i < MOST_TABS || i === active);
  return (
    <section aria-labelledby="cycles">
      <h2 id="cycles">{cycles.length === 1 ? 'The cycle' : `${formatPlural(cycles.length, 'cycle')}`}</h2>
      {cycles.length > 1 && <TabList positions={shown} active={active} onChange={setActive} />}
      {shown.map((position) => (
        <div
          key={position}
          class="cycle-panel"
          hidden={position !== active}
          {...(cycles.length > 1 && {
            role: 'tabpanel' as const,
            id: tabPanelId(position),
            'aria-labelledby': tabId(position),
          })}
        >
          <CycleView position={position} />
        </div>
      ))}
      {cycles.length > MOST_TABS && <OtherCycles from={MOST_TABS} />}
      <Notes notes={moreCycles ? ['These tasks are in more cycles than are listed'] : []} />
    </section>
  );
}

/** The cycle that what is selected belongs to; the one that is open already where it belongs to several. */
function cycleOf(item: Item | undefined, active: number): number {
  switch (item?.type) {
    case 'cycle':
      return item.position;
    case 'chain':
      return item.chain.cycle ?? active;
    case 'task':
      return item.task.cycles.includes(active) ? active : (item.task.cycles[0] ?? active);
    default:
      return active;
  }
}

function OtherCycles({ from }: { from: number }) {
  const { analysis } = usePage().model;
  const rest = analysis.cycles.slice(from);
  return (
    <Folded summary={formatPlural(rest.length, 'more cycle')}>
      {() => (
        <ul class="plain">
          {rest.map((cycle, i) => (
            <li key={cycleHandle(from + i)}>
              <a href={`#${cycleHandle(from + i)}`}>{cycleHandle(from + i)}</a> {sumUpCycle(cycle, analysis)}
            </li>
          ))}
        </ul>
      )}
    </Folded>
  );
}
