/** Plain text in columns: measuring, clipping, wrapping, tables. Colours are put on afterwards, so that they cost no width. */

/** Columns a text takes on a terminal, for text that escapeText() has passed: accents take none, CJK and emoji two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
  }
  return width;
}

function characterWidth(character: string): number {
  if (character <= '\u02ff') {
    return 1;
  }
  if (/\p{M}/u.test(character)) {
    return 0;
  }
  return WIDE.test(character) ? 2 : 1;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** Whether a text takes no more than `width` columns. Does not look at the rest of one that does. */
function fits(text: string, width: number): boolean {
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) {
      return false;
    }
  }
  return true;
}

/** At most `width` columns; what is cut shows as an ellipsis. */
export function clip(text: string, width: number): string {
  // Cheap first: a name of another program's making may be a megabyte long.
  const head = text.slice(0, width * 4);
  if (head.length === text.length && fits(text, width)) {
    return text;
  }
  return `${takeColumns(head, width - 1)}…`;
}

/** The longest beginning of a text that fits; at least one character, so that wrapping always gets on. */
function takeColumns(text: string, width: number): string {
  let used = 0;
  let taken = '';
  for (const character of text) {
    used += characterWidth(character);
    if (used > width && taken !== '') {
      break;
    }
    taken += character;
  }
  return taken;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Lines of at most `width` columns, broken between words, or within a word that is longer than a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer, width)) {
      line = longer;
      continue;
    }
    if (line !== '') {
      lines.push(line);
    }
    line = word;
    while (!fits(line, width)) {
      const part = takeColumns(line, width);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  lines.push(line);
  return lines;
}

/** wrap() with a first indent and a hanging one of the same width, the way a labelled paragraph is printed. */
export function wrapAfter(label: string, text: string, width: number): string[] {
  const indent = displayWidth(label);
  const lines = wrap(text, Math.max(1, width - indent));
  return lines.map((line, i) => (i === 0 ? label : ' '.repeat(indent)) + line);
}

export interface Column {
  /** Part of the width that it may take at most; the one column without is given what the others leave. */
  readonly share?: number;
}

const GAP = 2;
const LEAST_COLUMN = 8;

/** Rows as lines; cells that are too long wrap within their column. */
export function layoutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const widths = columnWidths(columns, rows, width);
  return rows.flatMap((row) => layoutRow(row, widths));
}

function layoutRow(row: readonly string[], widths: readonly number[]): string[] {
  const cells = row.map((cell, i) => wrap(cell, widths[i]!));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, y) =>
    cells
      .map((lines, x) => padEnd(lines[y] ?? '', widths[x]! + GAP))
      .join('')
      .trimEnd(),
  );
}

function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const room = width - GAP * (columns.length - 1);
  const natural = columns.map((_, x) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[x]!)), 1),
  );
  const widths = natural.map((wanted, x) => {
    const { share } = columns[x]!;
    return share === undefined ? 0 : Math.min(wanted, Math.max(LEAST_COLUMN, Math.floor(room * share)));
  });
  const left = room - widths.reduce((sum, w) => sum + w, 0);
  return widths.map((w, x) =>
    columns[x]!.share === undefined ? Math.max(LEAST_COLUMN, Math.min(left, natural[x]!)) : w,
  );
}
