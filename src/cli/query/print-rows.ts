import { toCsvLine } from '../../export/write-csv.ts';
import type { QueryCell, QueryResult } from '../../query/run-query.ts';
import { RowLayout, type RowStyle } from '../../report/render-rows.ts';

/** Text of a result, a line or more at a time. */
export type RowPrinter = (result: QueryResult, style: RowStyle) => AsyncIterable<string>;

/** Rows that are looked at for how wide columns have to be. */
const ROWS_LOOKED_AT = 1000;

/** A table for people. */
export const printTable: RowPrinter = async function* ({ columns, rows }, style) {
  let first: (readonly QueryCell[])[] = [];
  let layout: RowLayout | undefined;
  const begin = function* (): Generator<string> {
    layout = new RowLayout(columns, first, style);
    yield toText(layout.head());
    yield* first.map((row) => toText(layout!.row(row)));
    first = [];
  };
  for await (const row of rows) {
    if (layout !== undefined) {
      yield toText(layout.row(row));
    } else if (first.push(row) === ROWS_LOOKED_AT) {
      yield* begin();
    }
  }
  if (layout === undefined) {
    yield* begin();
  }
};

/** One array of objects, each on a line of its own. */
export const printJsonRows: RowPrinter = async function* ({ columns, rows }) {
  let before = '[\n';
  for await (const row of rows) {
    yield before + JSON.stringify(Object.fromEntries(columns.map((name, x) => [name, row[x]])));
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
};

/** As `holdwait export --format csv` writes it. */
export const printCsvRows: RowPrinter = async function* ({ columns, rows }) {
  yield toCsvLine(columns);
  for await (const row of rows) {
    yield toCsvLine(row.map((cell) => cell ?? undefined));
  }
};

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

const PIECE_CHARS = 64 * 1024;

/** The same in larger pieces. */
export async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const line of lines) {
    text += line;
    if (text.length >= PIECE_CHARS) {
      yield text;
      text = '';
    }
  }
  yield text;
}
