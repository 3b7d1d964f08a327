import { useMemo, useState } from 'preact/hooks';
import { type CycleViews, fitCycles } from './fit.ts';
import type { TimelineModel } from './model.ts';
import { panView, type TimeView, wholeView, zoomView } from './time-view.ts';
import { describeView } from './view-words.ts';

/** The part of time that is shown, and everything that changes it. */
export interface TimeViewState {
  readonly bounds: TimeView;
  readonly cycles: CycleViews | undefined;
  /** What is shown before anybody asks for something else, and on paper. */
  readonly firstView: TimeView;
  readonly view: TimeView;
  readonly changeView: (change: (old: TimeView) => TimeView) => void;
  readonly onView: (view: TimeView) => void;
  /** The same, and said in words: for those who came by key. */
  readonly onTellView: (view: TimeView) => void;
  readonly onZoom: (atNs: number, factor: number) => void;
  readonly onPan: (deltaNs: number) => void;
}

/** @param leave what was under the pointer no longer is */
export function useTimeView(
  model: TimelineModel,
  tell: (text: string) => void,
  leave: () => void,
): TimeViewState {
  const { endNs } = model.timeline;
  const bounds = useMemo(() => wholeView(endNs), [endNs]);
  const cycles = useMemo(() => fitCycles(model), [model]);
  const firstView = cycles?.waits ?? bounds;
  const [view, changeView] = useState(firstView);
  const onView = (next: TimeView) => {
    changeView(next);
    leave();
  };
  return {
    bounds,
    cycles,
    firstView,
    view,
    changeView,
    onView,
    onTellView: (next) => {
      onView(next);
      tell(describeView(next, endNs));
    },
    onZoom: (atNs, factor) => changeView((old) => zoomView(old, bounds, atNs, factor)),
    onPan: (deltaNs) => {
      changeView((old) => panView(old, bounds, deltaNs));
      leave();
    },
  };
}
