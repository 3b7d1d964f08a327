import type { Mentions } from '../model/mentions.ts';
import type { Terms } from '../model/search.ts';
import type { SortOrder } from './sort-rows.ts';

/** What colour stands for; every use says the same in words beside it. */
export type Tone = 'bad' | 'warn' | 'io' | 'held' | 'good';

export interface Column<Row> {
  readonly id: string;
  readonly heading: string;
  /** What the cell shows. */
  readonly text: (row: Row) => string;
  /** What the column is sorted by, where that is not its text. A column of numbers begins with the largest. */
  readonly number?: (row: Row) => number;
  readonly tone?: (row: Row) => Tone | undefined;
  /** Share of the width beside the other columns; 1 where left out. */
  readonly share?: number;
  /** Function names, addresses. */
  readonly isCode?: true;
}

/** A table of the page: data and functions of data, no elements. */
export interface TableSpec<Row = unknown> {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** The first column is the one that names the row and links to its item. */
  readonly columns: readonly Column<Row>[];
  /** Where that is not the order of the rows. */
  readonly order?: SortOrder;
  readonly handle: (row: Row) => string | undefined;
  /** Called once for each change of the filter. */
  readonly search: (terms: Terms) => (row: Row) => boolean;
  /** Whether the row has something in common with what is selected. */
  readonly touches: (row: Row, mentions: Mentions) => boolean;
  /** What is not in the table, and what shows it. */
  readonly notes: readonly string[];
  /** Said where there are no rows. */
  readonly empty: string;
}

/** The search of a table with few rows: in everything that its cells say, and in `more`. */
export function searchCells<Row>(
  columns: readonly Column<Row>[],
  more: (row: Row) => readonly string[],
): TableSpec<Row>['search'] {
  const texts = new Map<Row, string>();
  const textOf = (row: Row): string => {
    let text = texts.get(row);
    if (text === undefined) {
      text = [...columns.map((column) => column.text(row)), ...more(row)].join('\n').toLowerCase();
      texts.set(row, text);
    }
    return text;
  };
  return (terms) => (row) => {
    const text = textOf(row);
    return terms.every((term) => text.includes(term));
  };
}
