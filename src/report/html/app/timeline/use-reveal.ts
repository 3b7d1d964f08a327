import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { TimelineItem } from './item.ts';
import { timeOf } from './item-time.ts';
import type { LaneRows } from './lane-rows.ts';
import { laneOf, type TimelineModel } from './model.ts';
import { revealRange, type TimeView } from './time-view.ts';

export interface RevealOptions {
  readonly model: TimelineModel;
  readonly rows: LaneRows;
  readonly bounds: TimeView;
  readonly scrollerRef: RefObject<HTMLDivElement | null>;
  readonly changeView: (change: (old: TimeView) => TimeView) => void;
  /** Shows the collapsed lanes. */
  readonly expand: () => void;
}

/** Brings an item into view; one on a collapsed lane as soon as that is shown. */
export function useReveal(options: RevealOptions): (item: TimelineItem) => void {
  const { model, rows, bounds, scrollerRef, changeView, expand } = options;
  const [pending, setPending] = useState<TimelineItem>();
  useLayoutEffect(() => {
    const lane = pending && laneOf(model, pending);
    const row = lane === undefined ? -1 : rows.rowOf[lane]!;
    if (row >= 0) {
      scrollIntoView(scrollerRef.current!, rows.tops[row]!, rows.tops[row + 1]!);
      setPending(undefined);
    }
  }, [pending, rows]);
  return (item) => {
    const lane = laneOf(model, item);
    if (lane !== undefined) {
      setPending(item);
      if (rows.rowOf[lane]! < 0) {
        expand();
      }
    }
    const time = timeOf(model, item);
    if (time !== undefined) {
      changeView((old) => revealRange(old, bounds, time));
    }
  };
}

function scrollIntoView(scroller: HTMLDivElement, top: number, bottom: number): void {
  if (top < scroller.scrollTop) {
    scroller.scrollTop = top;
  } else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = bottom - scroller.clientHeight;
  }
}
