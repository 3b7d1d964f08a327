import { escapeText, escapeWithin } from './escape.ts';
import { clip, displayWidth, padEnd, wrapAfter } from './layout.ts';
import type { Palette } from './palette.ts';

type Cell = string | number | null;
type Row = readonly Cell[];

export interface RowStyle {
  readonly width: number;
  readonly palette: Palette;
}

const GAP = '  ';
/** A column of text that has less says nothing. */
const LEAST_TEXT = 12;
/** Of a longer cell, the rest is not looked at; see escapeWithin(). */
const MOST_CHARS = 4096;

/**
 * Lines of a table that fit the width; where there are too many columns for that, a paragraph for each row with a line for
 * each column. Cells that are too long for their place are cut, as the ellipsis says.
 *
 * @param rows of which the first tell how wide columns are
 */
export class RowLayout {
  readonly #columns: readonly string[];
  readonly #style: RowStyle;
  /** undefined: rows are paragraphs. */
  readonly #widths: readonly number[] | undefined;
  readonly #isNumber: readonly boolean[];
  #told = 0;

  constructor(columns: readonly string[], rows: readonly Row[], style: RowStyle) {
    this.#columns = columns.map(escapeText);
    this.#style = style;
    this.#isNumber = columns.map((_, x) => rows.every((row) => typeof row[x] !== 'string'));
    this.#widths = this.#fitWidths(rows);
  }

  /** What comes before the first row. */
  head(): readonly string[] {
    return this.#widths === undefined ? [] : [this.#style.palette.dim(this.#toLine(this.#columns))];
  }

  /** The lines of the next row. */
  row(row: Row): readonly string[] {
    const cells = row.map(toText);
    this.#told++;
    return this.#widths === undefined ? this.#toParagraph(cells) : [this.#toLine(cells)];
  }

  #toLine(cells: readonly string[]): string {
    const padded = cells.map((cell, x) => this.#pad(clip(cell, this.#widths![x]!), x));
    return padded.join(GAP).trimEnd();
  }

  #pad(cell: string, x: number): string {
    const width = this.#widths![x]!;
    return this.#isNumber[x]
      ? ' '.repeat(Math.max(0, width - displayWidth(cell))) + cell
      : padEnd(cell, width);
  }

  #toParagraph(cells: readonly string[]): readonly string[] {
    const { width, palette } = this.#style;
    const label = Math.max(...this.#columns.map(displayWidth));
    const lines = cells.flatMap((cell, x) =>
      cell === '' ? [] : wrapAfter(`${padEnd(this.#columns[x]!, label)}${GAP}`, cell, width),
    );
    return [...(this.#told > 1 ? [''] : []), palette.dim(`row ${this.#told}`), ...lines];
  }

  /** Numbers and short texts get what they need, and the longest texts share what that leaves. */
  #fitWidths(rows: readonly Row[]): readonly number[] | undefined {
    const wanted = this.#columns.map((name, x) =>
      rows.reduce((most, row) => Math.max(most, widthOf(row[x] ?? null)), displayWidth(name)),
    );
    let room = this.#style.width - GAP.length * (wanted.length - 1);
    const widths = [...wanted];
    const shortFirst = wanted
      .map((_, x) => x)
      .sort((a, b) => this.#greed(a, wanted) - this.#greed(b, wanted));
    for (const [done, x] of shortFirst.entries()) {
      const share = Math.floor(room / (wanted.length - done));
      widths[x] = Math.min(wanted[x]!, this.#isNumber[x] ? wanted[x]! : Math.max(share, 0));
      if (widths[x]! < Math.min(wanted[x]!, LEAST_TEXT)) {
        return undefined;
      }
      room -= widths[x]!;
    }
    return room < 0 ? undefined : widths;
  }

  #greed(x: number, wanted: readonly number[]): number {
    return this.#isNumber[x] ? 0 : wanted[x]!;
  }
}

function widthOf(cell: Cell): number {
  return displayWidth(toText(cell));
}

function toText(cell: Cell): string {
  return cell === null ? '' : escapeWithin(String(cell), MOST_CHARS);
}
