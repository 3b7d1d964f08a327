import type { ColumnScale } from './span-index.ts';

/** What is seen of time. */
export interface TimeView {
  readonly fromNs: number;
  readonly toNs: number;
}

/** Nothing shorter is shown: a wait of a few ns fills the width. */
const LEAST_RANGE_NS = 20;
/** Room beside what is fitted, as a share of it. */
const MARGIN = 0.05;
/** What is nearer to the edge of the view is hardly seen; less than the margin, or what was fitted would move. */
const EDGE = 0.02;

/** All of a capture, with room for the ends of open spans. */
export function wholeView(endNs: number): TimeView {
  return addMargin({ fromNs: 0, toNs: Math.max(endNs, LEAST_RANGE_NS) });
}

/** Within the bounds, not narrower than can be told apart. */
export function clampView(view: TimeView, bounds: TimeView): TimeView {
  const wholeNs = bounds.toNs - bounds.fromNs;
  const rangeNs = Math.min(wholeNs, Math.max(LEAST_RANGE_NS, view.toNs - view.fromNs));
  const middleNs = (view.fromNs + view.toNs) / 2;
  const fromNs = Math.min(Math.max(middleNs - rangeNs / 2, bounds.fromNs), bounds.toNs - rangeNs);
  return { fromNs, toNs: fromNs + rangeNs };
}

/** @param factor above 1 shows less, larger; `atNs` stays where it is */
export function zoomView(view: TimeView, bounds: TimeView, atNs: number, factor: number): TimeView {
  const rangeNs = Math.max(LEAST_RANGE_NS, (view.toNs - view.fromNs) / factor);
  const share = (atNs - view.fromNs) / (view.toNs - view.fromNs);
  const fromNs = atNs - share * rangeNs;
  return clampView({ fromNs, toNs: fromNs + rangeNs }, bounds);
}

export function panView(view: TimeView, bounds: TimeView, deltaNs: number): TimeView {
  return clampView({ fromNs: view.fromNs + deltaNs, toNs: view.toNs + deltaNs }, bounds);
}

/** The range with room beside it. */
export function fitRange(range: TimeView, bounds: TimeView): TimeView {
  return clampView(addMargin(range), bounds);
}

/** The same view moved so far that the range is seen; as it is where some part that is worth it is seen already. */
export function revealRange(view: TimeView, bounds: TimeView, range: TimeView): TimeView {
  const edgeNs = (view.toNs - view.fromNs) * EDGE;
  const isSeen = range.fromNs < view.toNs - edgeNs && range.toNs > view.fromNs + edgeNs;
  if (isSeen) {
    return view;
  }
  const fitsIn = range.toNs - range.fromNs < view.toNs - view.fromNs;
  const aimNs = fitsIn ? (range.fromNs + range.toNs) / 2 : range.fromNs;
  return panView(view, bounds, aimNs - (view.fromNs + view.toNs) / 2);
}

export function scaleOf(view: TimeView, widthPx: number): ColumnScale {
  return { fromNs: view.fromNs, nsPerPx: (view.toNs - view.fromNs) / Math.max(1, widthPx), widthPx };
}

export function xOf({ fromNs, nsPerPx }: ColumnScale, ns: number): number {
  return (ns - fromNs) / nsPerPx;
}

export function nsAt({ fromNs, nsPerPx }: ColumnScale, x: number): number {
  return fromNs + x * nsPerPx;
}

function addMargin({ fromNs, toNs }: TimeView): TimeView {
  const marginNs = (toNs - fromNs) * MARGIN;
  return { fromNs: fromNs - marginNs, toNs: toNs + marginNs };
}
