import { SPAN_ENDS } from '../../../../../analysis/timeline/timeline.ts';
import { partitionPoint } from '../../../../trace/partition-point.ts';
import { SpanIndex } from './span-index.ts';
import { type SpanSource, type StackedSpans, stackSpans } from './stack-spans.ts';

const OPEN = SPAN_ENDS.indexOf('open');

/** Waits or holds as they are drawn; columns by position, which goes by strip, then begin. */
export interface SpanTable extends StackedSpans {
  readonly type: 'wait' | 'hold';
  /** Row of the columns → position. */
  readonly positions: Int32Array;
  readonly beginNs: Float64Array;
  readonly endNs: Float64Array;
  /** 1: open at the end of the capture. */
  readonly open: Uint8Array;
  readonly strip: Int32Array;
  /** How it is drawn: position in WAIT_LOOKS or HOLD_LOOKS. */
  readonly look: Uint8Array;
  readonly index: SpanIndex;
}

interface TableSource extends SpanSource {
  readonly end: readonly number[];
}

/** @param looks by row */
export function buildSpanTable(
  type: SpanTable['type'],
  source: TableSource,
  looks: Uint8Array,
  lookCount: number,
  laneCount: number,
): SpanTable {
  const stacked = stackSpans(source, laneCount);
  const { rows, stripStart } = stacked;
  const positions = new Int32Array(rows.length);
  rows.forEach((row, position) => {
    positions[row] = position;
  });
  const beginNs = Float64Array.from(rows, (row) => source.beginNs[row]!);
  const endNs = Float64Array.from(rows, (row) => source.beginNs[row]! + source.durationNs[row]!);
  const look = Uint8Array.from(rows, (row) => looks[row]!);
  const strip = new Int32Array(rows.length);
  for (let one = 0; one + 1 < stripStart.length; one++) {
    strip.fill(one, stripStart[one], stripStart[one + 1]);
  }
  return {
    ...stacked,
    type,
    positions,
    beginNs,
    endNs,
    open: Uint8Array.from(rows, (row) => (source.end[row] === OPEN ? 1 : 0)),
    strip,
    look,
    index: new SpanIndex(beginNs, endNs, look, lookCount),
  };
}

/** Calls for each position on the strip whose span touches the range. */
export function visitStrip(
  { index, stripStart }: SpanTable,
  strip: number,
  fromNs: number,
  toNs: number,
  visit: (position: number) => void,
): void {
  index.visitWithin(stripStart[strip]!, stripStart[strip + 1]!, fromNs, toNs, visit);
}

/** The same for all strips of a lane. */
export function visitLane(
  table: SpanTable,
  lane: number,
  fromNs: number,
  toNs: number,
  visit: (position: number) => void,
): void {
  for (let strip = table.laneStrips[lane]!; strip < table.laneStrips[lane + 1]!; strip++) {
    visitStrip(table, strip, fromNs, toNs, visit);
  }
}

/** The span on the strip that is nearest to a moment; the strip has one at least. */
export function findNearest({ beginNs, endNs, stripStart }: SpanTable, strip: number, atNs: number): number {
  const end = stripStart[strip + 1]!;
  const next = partitionPoint(stripStart[strip]! + 1, end, (position) => beginNs[position]! <= atNs);
  const last = next - 1;
  return next < end && beginNs[next]! - atNs < atNs - endNs[last]! ? next : last;
}
