import { openCaptureDatabase } from '../query/capture-database.ts';
import { openEventTable } from '../query/event-table.ts';
import type { Table } from '../query/table.ts';
import { openViewTable } from '../query/view-table.ts';
import type { ExportOptions, ExportWriter } from './format.ts';

/** The file of one table, piece by piece. */
export type TableWriter = (table: Table, options: ExportOptions) => AsyncIterable<string | Uint8Array>;

/** A format that writes the table which is asked for. */
export function tableFormat(write: TableWriter): ExportWriter {
  return async function* (source, options, onProgress) {
    if (options.table === 'events') {
      yield* write(await openEventTable(source, onProgress), options);
      return;
    }
    const { table: name } = options;
    const table = await openCaptureDatabase(source, options, onProgress, (path) => openViewTable(path, name));
    try {
      yield* write(table, options);
    } finally {
      table.close();
    }
  };
}
