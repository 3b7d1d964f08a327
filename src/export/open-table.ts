import { openEventTable } from '../query/event-table.ts';
import type { Table } from '../query/table.ts';
import type { ExportWriter } from './format.ts';

/** The table that was asked for. */
export async function openTable(...[source, _options, onProgress]: Parameters<ExportWriter>): Promise<Table> {
  return openEventTable(source, onProgress);
}
