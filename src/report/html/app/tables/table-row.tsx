import { usePage } from '../page-context.ts';
import type { Column, TableSpec } from './table-spec.ts';

interface TableRowProps {
  readonly spec: TableSpec;
  readonly row: unknown;
  readonly position: number;
  readonly isTabStop: boolean;
  readonly onFocus: (position: number) => void;
}

/** A row that a click anywhere selects; with keys, the link in its first cell. */
export function TableRow({ spec, row, position, isTabStop, onFocus }: TableRowProps) {
  const { selected, mentions, select } = usePage();
  const handle = spec.handle(row);
  const isSelected = handle !== undefined && handle === selected;
  const [first, ...others] = spec.columns;
  const classes = [
    isSelected && 'selected',
    !isSelected && spec.touches(row, mentions) && 'related',
    handle && 'choosable',
  ];
  const onClick = (event: MouseEvent) => {
    const isLink = event.target instanceof Element && event.target.closest('a') !== null;
    // Marking text to copy it is no click.
    if (handle !== undefined && !isLink && getSelection()?.type !== 'Range') {
      select(handle);
    }
  };
  return (
    <tr aria-rowindex={position + 2} class={classes.filter(Boolean).join(' ') || undefined} onClick={onClick}>
      <th scope="row" class={classOf(first!)} title={first!.text(row)}>
        {handle === undefined ? (
          first!.text(row)
        ) : (
          <a
            href={`#${handle}`}
            tabIndex={isTabStop ? 0 : -1}
            aria-current={isSelected ? 'true' : undefined}
            onFocus={() => onFocus(position)}
          >
            {first!.text(row)}
          </a>
        )}
      </th>
      {others.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </tr>
  );
}

function Cell({ column, row }: { column: Column<unknown>; row: unknown }) {
  const text = column.text(row);
  const tone = column.tone?.(row);
  return (
    <td class={classOf(column, tone)} title={text}>
      {text}
    </td>
  );
}

function classOf({ number, isCode }: Column<unknown>, tone?: string): string | undefined {
  return (
    [number && 'number', isCode && 'code', tone && `tone-${tone}`].filter(Boolean).join(' ') || undefined
  );
}
