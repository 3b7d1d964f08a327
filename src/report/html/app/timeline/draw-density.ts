/** Spans of a strip that are too narrow to be drawn one by one. */
export interface Density {
  /** By look, then column: how long its spans take. */
  readonly busyNs: readonly Float64Array[];
  /** What is drawn now. */
  readonly look: number;
  readonly columnNs: number;
  readonly bottom: number;
  readonly height: number;
}

/** One wait of a microsecond in a minute is to be seen, too. */
const LEAST_PX = 4;

/**
 * Height: the share of a column's time that was waited or held, above what shows that there is something at all. Each column is drawn in the look that took most of it.
 * One outline for all columns: a thousand rectangles for each of forty strips take longer than a frame.
 */
export function drawDensity(context: CanvasRenderingContext2D, density: Density): void {
  const { bottom, look, busyNs } = density;
  const columns = busyNs[look]!.length;
  let height = 0;
  let isEmpty = true;
  context.beginPath();
  context.moveTo(0, bottom);
  for (let column = 0; column < columns; column++) {
    const next = columnHeight(density, column);
    if (next !== height) {
      context.lineTo(column, bottom - height);
      context.lineTo(column, bottom - next);
      height = next;
      isEmpty = false;
    }
  }
  if (!isEmpty) {
    context.lineTo(columns, bottom - height);
    context.lineTo(columns, bottom);
    context.fill();
  }
}

function columnHeight({ busyNs, look, columnNs, height }: Density, column: number): number {
  const own = busyNs[look]![column]!;
  if (own === 0) {
    return 0;
  }
  let all = 0;
  for (let other = 0; other < busyNs.length; other++) {
    const one = busyNs[other]![column]!;
    if (one > own || (one === own && other > look)) {
      return 0;
    }
    all += one;
  }
  const share = Math.min(1, all / columnNs);
  const least = Math.min(LEAST_PX, height / 2);
  return Math.round(least + share * (height - least));
}
