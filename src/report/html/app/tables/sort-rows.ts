import type { Column } from './table-spec.ts';

export interface SortOrder {
  readonly column: string;
  readonly direction: 'ascending' | 'descending';
}

/** Rows in the order asked for; rows that are equal there stay in the order of the table. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: SortOrder | undefined,
): readonly Row[] {
  const column = columns.find(({ id }) => id === order?.column);
  if (column === undefined || order === undefined) {
    return rows;
  }
  const sign = order.direction === 'ascending' ? 1 : -1;
  const { number } = column;
  return number === undefined
    ? sortByKey(rows, column.text, (a, b) => sign * compareTexts(a, b))
    : sortByKey(rows, number, (a, b) => sign * (a - b));
}

/** Keys are made once for each row, not once for each comparison. */
function sortByKey<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  compare: (a: Key, b: Key) => number,
): readonly Row[] {
  const keys = rows.map(keyOf);
  const places = rows.map((_, i) => i).sort((a, b) => compare(keys[a]!, keys[b]!) || a - b);
  return places.map((place) => rows[place]!);
}

const collator = new Intl.Collator('en', { numeric: true });

/** `app:9` before `app:10`. */
function compareTexts(a: string, b: string): number {
  return collator.compare(a, b);
}

/** What a click on a heading asks for: numbers begin with the largest, texts with the first; once more turns it round. */
export function nextOrder<Row>(column: Column<Row>, order: SortOrder | undefined): SortOrder {
  const first = column.number === undefined ? 'ascending' : 'descending';
  const other = first === 'ascending' ? 'descending' : 'ascending';
  const isAgain = order?.column === column.id && order.direction === first;
  return { column: column.id, direction: isAgain ? other : first };
}
