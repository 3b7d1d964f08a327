import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { cycleHandle } from '../../../../../analysis/handles.ts';
import type { Item } from '../model/item.ts';
import { usePage } from '../page-context.ts';
import { ChainDetail } from './chain-detail.tsx';
import { CycleDetail } from './cycle-detail.tsx';
import { HistoryDetail } from './history-detail.tsx';
import { ResourceDetail } from './resource-detail.tsx';
import { SpanDetail } from './span-detail.tsx';
import { TaskDetail } from './task-detail.tsx';
import { usePanelFocus } from './use-panel-focus.ts';

/** More on what is selected; says so where an address names what is not on this page. */
export function DetailsPanel({ wantsFocus }: { wantsFocus: boolean }) {
  const { selected, item, select } = usePage();
  const panelRef = useRef<HTMLElement>(null);
  const headingRef = useRef<HTMLHeadingElement>(null);
  usePanelFocus(panelRef, headingRef, selected, wantsFocus);
  if (selected === '') {
    return null;
  }
  return (
    <aside class="panel" aria-labelledby="details" ref={panelRef}>
      <div class="bar">
        <h2 id="details" tabIndex={-1} ref={headingRef}>
          <span class="code">{selected}</span> {item && nameItem(item)}
        </h2>
        <button type="button" class="no-print" onClick={() => select('')}>
          Close <kbd>Esc</kbd>
        </button>
      </div>
      {item === undefined ? <Unknown handle={selected} /> : <Detail item={item} />}
    </aside>
  );
}

const ITEM_WORDS: Readonly<Record<Item['type'], string>> = {
  cycle: 'cycle',
  chain: 'wait chain',
  task: 'task',
  resource: 'resource',
  wait: 'wait over time',
  span: 'wait',
};

function nameItem(item: Item): string {
  return item.type === 'span' && item.of === 'holds' ? 'hold' : ITEM_WORDS[item.type];
}

function Detail({ item }: { item: Item }): ComponentChildren {
  switch (item.type) {
    case 'cycle':
      return <CycleDetail position={item.position} />;
    case 'chain':
      return <ChainDetail chain={item.chain} />;
    case 'task':
      return <TaskDetail task={item.task} />;
    case 'resource':
      return <ResourceDetail resource={item.resource} />;
    case 'wait':
      return <HistoryDetail wait={item.wait} />;
    case 'span':
      return <SpanDetail of={item.of} row={item.row} />;
  }
}

function Unknown({ handle }: { handle: string }) {
  const { cycles } = usePage().model.analysis;
  return (
    <p role="alert">
      Nothing on this page has the handle <span class="code">{handle}</span>. Handles look like{' '}
      {cycles.length > 0 ? <a href={`#${cycleHandle(0)}`}>{cycleHandle(0)}</a> : 'c-1'} (a cycle), w-1 (a wait
      chain), t-412 (a task), r-1 (a resource) and l-1 (a wait over time).
    </p>
  );
}
