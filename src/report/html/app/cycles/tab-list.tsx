import { useRef } from 'preact/hooks';
import { cycleHandle } from '../../../../../analysis/handles.ts';
import { nameTasks } from '../../../wording.ts';
import { usePage } from '../page-context.ts';

export function tabId(position: number): string {
  return `tab-${cycleHandle(position)}`;
}

export function tabPanelId(position: number): string {
  return `panel-${cycleHandle(position)}`;
}

interface TabListProps {
  readonly positions: readonly number[];
  readonly active: number;
  readonly onChange: (position: number) => void;
}

/** One tab for each cycle: arrow keys, Home and End go from one to the next. */
export function TabList({ positions, active, onChange }: TabListProps) {
  const { analysis } = usePage().model;
  const listRef = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = positions[nextTab(event.key, positions.indexOf(active), positions.length)];
    if (next !== undefined) {
      event.preventDefault();
      onChange(next);
      listRef.current?.querySelector<HTMLElement>(`#${tabId(next)}`)?.focus();
    }
  };
  return (
    <div class="tabs no-print" role="tablist" aria-label="Cycles" ref={listRef} onKeyDown={onKeyDown}>
      {positions.map((position) => (
        <button
          key={position}
          type="button"
          role="tab"
          id={tabId(position)}
          aria-controls={tabPanelId(position)}
          aria-selected={position === active}
          tabIndex={position === active ? 0 : -1}
          onClick={() => onChange(position)}
        >
          {cycleHandle(position)} {nameTasks(analysis.tasks, analysis.cycles[position]!.tasks, 2)}
        </button>
      ))}
    </div>
  );
}

function nextTab(key: string, at: number, count: number): number {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowLeft':
    case 'ArrowUp':
      return (at + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return -1;
  }
}
