import type { Cell, Row } from '../query/table.ts';
import { escapeWhole } from '../report/escape.ts';
import { joinLines } from './join-lines.ts';
import type { TableWriter } from './table-format.ts';

/**
 * A table as RFC 4180 has it, with a header. A CSV is what people open in a spreadsheet or print, so its text is made
 * harmless: what terminals act on and line breaks are shown by their numbers, and what a spreadsheet would take for a
 * formula has a `'` before it. Other formats have every text unchanged. Documents (kernel logs) are left out.
 */
export const writeCsv: TableWriter = async function* (table) {
  const { columns } = table;
  const document = columns.findIndex(({ isDocument }) => isDocument);
  yield toCsvLine(columns.filter((_, i) => i !== document).map(({ name }) => name));
  for await (const rows of table.batches()) {
    const shown = document < 0 ? rows : rows.filter((row) => row[document] === undefined);
    yield* joinLines(shown, (row) => toCsvLine(withoutCell(row, document)));
  }
};

function withoutCell(row: Row, at: number): Row {
  return at < 0 ? row : row.filter((_, i) => i !== at);
}

/** One line with its end. */
export function toCsvLine(cells: Row): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

/** Missing is nothing at all, an empty text is `""`. */
function toCell(cell: Cell): string {
  if (typeof cell !== 'string') {
    return cell === undefined ? '' : String(cell);
  }
  const harmless = escapeWhole(cell).replace(FORMULA, "'$&");
  return harmless === '' || /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * How a cell begins that a spreadsheet computes instead of showing: in some countries by a wide sign, too, and in many a cell
 * ends at a semicolon, whatever quotes are around it.
 */
const FORMULA = /(?<=^|;)[=+\-@\uff1d\uff0b\uff0d\uff20]/g;
