/** Time as pixel columns: column 0 begins at `fromNs`. */
export interface ColumnScale {
  readonly fromNs: number;
  readonly nsPerPx: number;
  readonly widthPx: number;
}

/** A span narrower than this is told as a share of its columns. */
export const MIN_BAR_PX = 2;

/** What there is to draw of one strip: bars, and how long the spans that are too narrow for one take in each column. */
export class StripMarks {
  /** Positions. */
  readonly bars: number[] = [];
  /** By look, then column. */
  readonly busyNs: readonly Float64Array[];

  constructor(lookCount: number, widthPx: number) {
    this.busyNs = Array.from({ length: lookCount }, () => new Float64Array(Math.max(0, Math.ceil(widthPx))));
  }

  clear(): void {
    this.bars.length = 0;
    for (const columns of this.busyNs) {
      columns.fill(0);
    }
  }
}

/**
 * Finds what is to be drawn of a strip in O(columns · log spans), however many spans there are: a block of 2^k spans that
 * falls into one column is taken whole, by sums that are made once.
 */
export class SpanIndex {
  readonly #beginNs: Float64Array;
  readonly #endNs: Float64Array;
  readonly #look: Uint8Array;
  /** Level k: the latest end within each block of 2^k positions. */
  readonly #latestEnd: Float64Array[];
  /** By look: time of the spans before a position. */
  readonly #busyBefore: Float64Array[];

  /** Columns by position, sorted by begin within each strip. */
  constructor(beginNs: Float64Array, endNs: Float64Array, look: Uint8Array, lookCount: number) {
    this.#beginNs = beginNs;
    this.#endNs = endNs;
    this.#look = look;
    this.#latestEnd = buildLevels(endNs);
    this.#busyBefore = Array.from({ length: lookCount }, (_, one) => this.#sumBusy(one));
  }

  /** Adds the spans of positions `first` to `end` (excluded), which are of one strip, to the marks. */
  collect(first: number, end: number, scale: ColumnScale, marks: StripMarks): void {
    const toNs = scale.fromNs + scale.nsPerPx * scale.widthPx;
    let position = first;
    const isWhole = (lastNs: number) =>
      lastNs < scale.fromNs || columnOf(scale, this.#beginNs[position]!) === columnOf(scale, lastNs);
    while (position < end && this.#beginNs[position]! < toNs) {
      const level = this.#growBlock(position, end, isWhole);
      this.#addBlock(position, level, scale, marks);
      position += 2 ** level;
    }
  }

  /** Calls for each position from `first` to `end` (excluded) whose span touches the range, in order of begin. */
  visitWithin(
    first: number,
    end: number,
    fromNs: number,
    toNs: number,
    visit: (position: number) => void,
  ): void {
    let position = first;
    const isBefore = (lastNs: number) => lastNs < fromNs;
    while (position < end && this.#beginNs[position]! <= toNs) {
      const level = this.#growBlock(position, end, isBefore);
      if (level === 0 && this.#endNs[position]! >= fromNs) {
        visit(position);
      }
      position += 2 ** level;
    }
  }

  /** The largest block from a position on of which `isWhole` holds, as its level; 0 is the one span. */
  #growBlock(position: number, end: number, isWhole: (latestEndNs: number) => boolean): number {
    let level = 0;
    for (let size = 2; position % size === 0 && position + size <= end; size *= 2) {
      if (!isWhole(this.#latestEnd[level + 1]![position / size]!)) {
        break;
      }
      level++;
    }
    return level;
  }

  #addBlock(position: number, level: number, scale: ColumnScale, marks: StripMarks): void {
    if (level === 0) {
      this.#addSpan(position, scale, marks);
      return;
    }
    const column = columnOf(scale, this.#beginNs[position]!);
    if (column >= 0) {
      this.#busyBefore.forEach((sums, look) => {
        addAt(marks.busyNs[look]!, column, sums[position + 2 ** level]! - sums[position]!);
      });
    }
  }

  #addSpan(position: number, scale: ColumnScale, marks: StripMarks): void {
    const beginNs = this.#beginNs[position]!;
    const endNs = this.#endNs[position]!;
    if (endNs <= scale.fromNs && beginNs < scale.fromNs) {
      return;
    }
    if (endNs - beginNs >= MIN_BAR_PX * scale.nsPerPx) {
      marks.bars.push(position);
      return;
    }
    const columns = marks.busyNs[this.#look[position]!]!;
    const last = columnOf(scale, endNs);
    for (let column = columnOf(scale, beginNs); column <= last; column++) {
      const columnFromNs = scale.fromNs + column * scale.nsPerPx;
      const busyNs = Math.min(endNs, columnFromNs + scale.nsPerPx) - Math.max(beginNs, columnFromNs);
      addAt(columns, column, endNs === beginNs ? 1 : Math.max(0, busyNs));
    }
  }

  #sumBusy(look: number): Float64Array {
    const sums = new Float64Array(this.#look.length + 1);
    for (let position = 0; position < this.#look.length; position++) {
      // A span of no length leaves a trace too.
      const busyNs = Math.max(1, this.#endNs[position]! - this.#beginNs[position]!);
      sums[position + 1] = sums[position]! + (this.#look[position] === look ? busyNs : 0);
    }
    return sums;
  }
}

function columnOf({ fromNs, nsPerPx }: ColumnScale, ns: number): number {
  return Math.floor((ns - fromNs) / nsPerPx);
}

function addAt(columns: Float64Array, column: number, ns: number): void {
  if (column >= 0 && column < columns.length) {
    columns[column]! += ns;
  }
}

function buildLevels(endNs: Float64Array): Float64Array[] {
  const levels = [endNs];
  for (let below = endNs; below.length > 1; ) {
    const level = new Float64Array(Math.floor(below.length / 2));
    for (let block = 0; block < level.length; block++) {
      level[block] = Math.max(below[2 * block]!, below[2 * block + 1]!);
    }
    levels.push(level);
    below = level;
  }
  return levels;
}
