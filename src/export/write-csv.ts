import type { Cell, Row } from '../query/table.ts';
import { escapeText } from '../report/escape.ts';
import type { ExportWriter } from './format.ts';
import { joinLines } from './join-lines.ts';
import { openTable } from './open-table.ts';

/**
 * A table as RFC 4180 has it, with a header. A CSV is what people open in a spreadsheet or print, so its text is made
 * harmless: what terminals act on and line breaks are shown by their numbers, and text that a spreadsheet would take for a
 * formula has a `'` before it. Other formats have every text unchanged. Documents (kernel logs) are left out.
 */
export const writeCsvFormat: ExportWriter = async function* (source, options, onProgress) {
  const table = await openTable(source, options, onProgress);
  const { columns } = table;
  const document = columns.findIndex(({ isDocument }) => isDocument);
  yield toLine(columns.filter((_, i) => i !== document).map(({ name }) => name));
  for await (const rows of table.batches()) {
    const shown = document < 0 ? rows : rows.filter((row) => row[document] === undefined);
    yield* joinLines(shown, (row) => toLine(withoutCell(row, document)));
  }
};

function withoutCell(row: Row, at: number): Row {
  return at < 0 ? row : row.filter((_, i) => i !== at);
}

function toLine(cells: Row): string {
  return `${cells.map(toCsvCell).join(',')}\r\n`;
}

/** One cell. Missing is nothing at all, an empty text is `""`. */
export function toCsvCell(cell: Cell): string {
  if (typeof cell !== 'string') {
    return cell === undefined ? '' : String(cell);
  }
  const shown = escapeText(cell);
  const harmless = FORMULA.test(shown) ? `'${shown}` : shown;
  return harmless === '' || /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** How a cell begins that a spreadsheet computes instead of showing. */
const FORMULA = /^[=+\-@]/;
