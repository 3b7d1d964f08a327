import { formatCount, formatPlural } from '../../../format.ts';
import type { Terms } from '../model/search.ts';
import type { TableGroup } from './page-tables.ts';
import type { TableSpec } from './table-spec.ts';

/** The rows of each table that the filter leaves. */
export type FilteredRows = ReadonlyMap<TableSpec, readonly unknown[]>;

export function filterTables(groups: readonly TableGroup[], terms: Terms): FilteredRows {
  const tables = groups.flatMap((group) => group.tables);
  return new Map(
    tables.map((table) => [table, terms.length === 0 ? table.rows : table.rows.filter(table.search(terms))]),
  );
}

/** What the filter leaves, to be read out; empty without a filter. */
export function describeMatches(filtered: FilteredRows, terms: Terms): string {
  if (terms.length === 0) {
    return '';
  }
  const found = [...filtered].filter(([, rows]) => rows.length > 0);
  const total = [...filtered.keys()].reduce((sum, { rows }) => sum + rows.length, 0);
  const count = found.reduce((sum, [, rows]) => sum + rows.length, 0);
  const matching = `${formatCount(count)} of ${formatPlural(total, 'row')} ${count === 1 ? 'matches' : 'match'}`;
  return found.length === 0
    ? `Nothing matches in ${formatPlural(total, 'row')}`
    : `${matching}, in ${found.map(([{ title }]) => title).join(', ')}`;
}
