import { nextOrder, type SortOrder } from './sort-rows.ts';
import type { Column, TableSpec } from './table-spec.ts';

interface TableHeadProps {
  readonly spec: TableSpec;
  readonly order: SortOrder | undefined;
  readonly onSort: (order: SortOrder) => void;
}

/** Headings that sort; widths by the shares of the columns. */
export function TableHead({ spec: { columns }, order, onSort }: TableHeadProps) {
  const whole = columns.reduce((sum, { share = 1 }) => sum + share, 0);
  return (
    <>
      <colgroup>
        {columns.map(({ id, share = 1 }) => (
          <col key={id} style={{ width: `${(100 * share) / whole}%` }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((column) => (
            <Heading key={column.id} column={column} order={order} onSort={onSort} />
          ))}
        </tr>
      </thead>
    </>
  );
}

interface HeadingProps extends Omit<TableHeadProps, 'spec'> {
  readonly column: Column<unknown>;
}

function Heading({ column, order, onSort }: HeadingProps) {
  const direction = order?.column === column.id ? order.direction : undefined;
  const sign = direction === undefined ? '' : direction === 'ascending' ? '▲' : '▼';
  return (
    <th scope="col" class={column.number && 'number'} {...(direction && { 'aria-sort': direction })}>
      <button type="button" onClick={() => onSort(nextOrder(column, order))}>
        {column.heading}
        <span class="sort-sign" aria-hidden="true">
          {sign}
        </span>
      </button>
    </th>
  );
}
