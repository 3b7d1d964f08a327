import type { PageModel } from '../model/page-model.ts';
import { allWaitsTable } from './all-waits.ts';
import { chainsTable } from './chains.ts';
import { openWaitsTable } from './open-waits.ts';
import type { TableSpec } from './table-spec.ts';
import { tasksTable } from './tasks.ts';
import {
  blockersTable,
  convoysTable,
  kindsTable,
  longestWaitsTable,
  longHoldsTable,
  pathsTable,
} from './time-tables.ts';

export interface TableGroup {
  readonly id: 'waits' | 'times' | 'all';
  readonly tables: readonly TableSpec[];
}

/** Every table of the page that has something to say, in the order of the questions that a reader has. */
export function collectTables(model: PageModel): readonly TableGroup[] {
  return [
    {
      id: 'waits',
      tables: [
        erase(openWaitsTable(model)),
        ...filled([erase(chainsTable(model)), erase(tasksTable(model))]),
      ],
    },
    {
      id: 'times',
      tables: filled([
        erase(blockersTable(model)),
        erase(kindsTable(model)),
        erase(longestWaitsTable(model)),
        erase(convoysTable(model)),
        erase(longHoldsTable(model)),
        erase(pathsTable(model)),
      ]),
    },
    { id: 'all', tables: filled([erase(allWaitsTable(model))]) },
  ];
}

function filled(tables: readonly TableSpec[]): readonly TableSpec[] {
  return tables.filter(({ rows, notes }) => rows.length + notes.length > 0);
}

/** Tables of different rows in one list: each is only ever given its own rows. */
function erase<Row>(table: TableSpec<Row>): TableSpec {
  return table as unknown as TableSpec;
}
