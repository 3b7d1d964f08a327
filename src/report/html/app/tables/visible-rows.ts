/** Rows that are in the document, and the room that stands for the others. */
export interface VisibleRows {
  readonly from: number;
  readonly to: number;
  /** Pixels. */
  readonly above: number;
  readonly below: number;
}

/** Rows beyond the edge that are there already when one scrolls or tabs on. */
const SPARE = 12;

/** Which of `count` rows of one height a window of `height` pixels shows that is scrolled to `top`. */
export function findVisible(count: number, rowHeight: number, top: number, height: number): VisibleRows {
  const first = Math.floor(Math.max(0, top) / rowHeight);
  const from = Math.max(0, Math.min(count, first) - SPARE);
  const to = Math.min(count, first + Math.ceil(height / rowHeight) + SPARE);
  const end = Math.max(from, to);
  return { from, to: end, above: from * rowHeight, below: (count - end) * rowHeight };
}

/** Where to scroll so that a row is seen whole; undefined where it is already. */
export function scrollTo(row: number, rowHeight: number, top: number, height: number): number | undefined {
  const begin = row * rowHeight;
  if (begin >= top && begin + rowHeight <= top + height) {
    return undefined;
  }
  return Math.max(0, begin - (height - rowHeight) / 2);
}
