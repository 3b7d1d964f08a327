import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatCount, formatPlural } from '../../../format.ts';
import { usePage } from '../page-context.ts';
import { Notes } from '../parts/notes.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { type SortOrder, sortRows } from './sort-rows.ts';
import { TableHead } from './table-head.tsx';
import { TableRow } from './table-row.tsx';
import type { TableSpec } from './table-spec.ts';
import { useVisibleRows } from './use-visible-rows.ts';

interface DataTableProps {
  readonly spec: TableSpec;
  /** Those that the filter leaves. */
  readonly rows: readonly unknown[];
}

/** Any table of the page: sorted by any column; of a long one only the rows that are seen are in the document. */
export function DataTable({ spec, rows }: DataTableProps) {
  const { selected } = usePage();
  const [order, setOrder] = useState<SortOrder | undefined>(spec.order);
  const [stop, setStop] = useState(0);
  const scrollRef = useRef<HTMLElement>(null);
  const sorted = useMemo(() => sortRows(rows, spec.columns, order), [rows, spec, order]);
  const { visible, isLong, show } = useVisibleRows(scrollRef, sorted.length);
  useEffect(() => {
    const at = selected === '' ? -1 : sorted.findIndex((row) => spec.handle(row) === selected);
    if (at >= 0) {
      setStop(at);
      show(at);
    }
  }, [selected, sorted]);
  const { id, title } = spec;
  const tabStop = Math.min(Math.max(stop, visible.from), visible.to - 1);
  return (
    <div class="table-section">
      <h3 id={id}>
        {title} <span class="count">{describeCount(rows.length, spec.rows.length)}</span>
      </h3>
      <Notes notes={spec.notes} />
      {sorted.length === 0 ? (
        <p class="dim">{spec.rows.length === 0 ? spec.empty : 'No row matches the filter.'}</p>
      ) : (
        <ScrollBox name={title} class="table-scroll" boxRef={scrollRef} onKeyDown={moveByKeys}>
          <table class={isLong ? 'long' : undefined} aria-rowcount={sorted.length + 1} aria-labelledby={id}>
            <TableHead spec={spec} order={order} onSort={setOrder} />
            <Room height={visible.above} />
            <tbody>
              {sorted.slice(visible.from, visible.to).map((row, i) => (
                <TableRow
                  key={visible.from + i}
                  spec={spec}
                  row={row}
                  position={visible.from + i}
                  isTabStop={visible.from + i === tabStop}
                  onFocus={setStop}
                />
              ))}
            </tbody>
            <Room height={visible.below} />
          </table>
        </ScrollBox>
      )}
      {isLong && (
        <p class="print-only">
          Rows {formatCount(visible.from + 1)} to {formatCount(visible.to)} of{' '}
          {formatPlural(sorted.length, 'row')}; the page has the others.
        </p>
      )}
    </div>
  );
}

function describeCount(shown: number, all: number): string {
  return shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`;
}

/** Stands for the rows that are not in the document. */
function Room({ height }: { height: number }) {
  return height === 0 ? null : (
    <tbody class="room" aria-hidden="true">
      <tr>
        <td style={{ height: `${height}px` }} />
      </tr>
    </tbody>
  );
}

/** Up and down go from row to row. */
function moveByKeys(event: KeyboardEvent): void {
  const from = event.target instanceof Element ? event.target.closest('tbody tr') : null;
  const to =
    event.key === 'ArrowDown'
      ? from?.nextElementSibling
      : event.key === 'ArrowUp'
        ? from?.previousElementSibling
        : null;
  const link = to?.querySelector<HTMLElement>('a[href]');
  if (link) {
    event.preventDefault();
    link.focus();
  }
}
