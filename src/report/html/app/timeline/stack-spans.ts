/** Columns as in Timeline.waits and Timeline.holds: sorted by lane, then begin. */
export interface SpanSource {
  readonly lane: readonly number[];
  readonly beginNs: readonly number[];
  readonly durationNs: readonly number[];
}

/** Spans put onto strips: lines of a lane on which no two overlap. Strips are numbered from 0, lane by lane. */
export interface StackedSpans {
  /** Rows of the columns by strip, then begin. */
  readonly rows: Int32Array;
  /** Strip → its first position in `rows`; one more at the end. */
  readonly stripStart: Int32Array;
  /** Lane → its first strip; one more at the end. */
  readonly laneStrips: Int32Array;
}

/** Where more spans of a lane overlap than this, the others lie over each other on its last strip. */
export const MAX_STRIPS = 8;

/** Each span goes onto the first strip that is free when it begins. */
export function stackSpans(source: SpanSource, laneCount: number): StackedSpans {
  const line = assignLines(source);
  const laneStrips = new Int32Array(laneCount + 1);
  for (let row = 0; row < line.length; row++) {
    const next = source.lane[row]! + 1;
    laneStrips[next] = Math.max(laneStrips[next]!, line[row]! + 1);
  }
  sumUp(laneStrips);
  const stripStart = new Int32Array(laneStrips[laneCount]! + 1);
  for (let row = 0; row < line.length; row++) {
    stripStart[laneStrips[source.lane[row]!]! + line[row]! + 1]!++;
  }
  sumUp(stripStart);
  return { rows: sortIntoStrips(source.lane, line, laneStrips, stripStart), stripStart, laneStrips };
}

function assignLines({ lane, beginNs, durationNs }: SpanSource): Uint8Array {
  const lines = new Uint8Array(lane.length);
  const freeFromNs = new Float64Array(MAX_STRIPS);
  for (let row = 0; row < lane.length; row++) {
    if (lane[row] !== lane[row - 1]) {
      freeFromNs.fill(0);
    }
    const free = freeFromNs.findIndex((ns) => ns <= beginNs[row]!);
    const line = free < 0 ? MAX_STRIPS - 1 : free;
    lines[row] = line;
    freeFromNs[line] = Math.max(freeFromNs[line]!, beginNs[row]! + durationNs[row]!);
  }
  return lines;
}

function sortIntoStrips(
  lane: readonly number[],
  line: Uint8Array,
  laneStrips: Int32Array,
  stripStart: Int32Array,
): Int32Array {
  const rows = new Int32Array(line.length);
  const next = stripStart.slice();
  for (let row = 0; row < line.length; row++) {
    const strip = laneStrips[lane[row]!]! + line[row]!;
    rows[next[strip]!++] = row;
  }
  return rows;
}

/** Counts become starts. */
function sumUp(counts: Int32Array): void {
  for (let i = 1; i < counts.length; i++) {
    counts[i]! += counts[i - 1]!;
  }
}
