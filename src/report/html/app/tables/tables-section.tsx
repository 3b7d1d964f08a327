import { describeLimits } from '../../../render-wait-detail.ts';
import { sumUpTimes } from '../../../render-wait-times.ts';
import { usePage } from '../page-context.ts';
import { Notes } from '../parts/notes.tsx';
import { DataTable } from './data-table.tsx';
import type { FilteredRows } from './filter-tables.ts';
import type { TableGroup } from './page-tables.ts';

interface TablesSectionProps {
  readonly group: TableGroup;
  readonly filtered: FilteredRows;
}

const HEADINGS = {
  waits: 'Who waits',
  times: 'Where the time went',
  all: 'The whole capture',
} as const;

/** Tables under one heading. */
export function TablesSection({ group: { id, tables }, filtered }: TablesSectionProps) {
  if (tables.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby={`group-${id}`}>
      <h2 id={`group-${id}`}>{HEADINGS[id]}</h2>
      {id === 'times' && <TimesSummary />}
      {tables.map((spec) => (
        <DataTable key={spec.id} spec={spec} rows={filtered.get(spec)!} />
      ))}
    </section>
  );
}

/** How much there was in all, of which time. */
function TimesSummary() {
  const { analysis } = usePage().model;
  const times = analysis.waitTimes;
  if (times === undefined) {
    return null;
  }
  return (
    <>
      <p>{sumUpTimes(times, analysis)}</p>
      <Notes notes={times.detail === undefined ? [] : describeLimits(times.detail)} />
    </>
  );
}
