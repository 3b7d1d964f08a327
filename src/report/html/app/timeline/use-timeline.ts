import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { describeItem } from './describe-item.ts';
import { findMatchingLanes } from './filter-lanes.ts';
import { type CycleViews, fitCycles } from './fit.ts';
import type { Hovered } from './hit-test.ts';
import { useAnnouncer, usePrinting, useSize } from './hooks.ts';
import type { TimelineItem } from './item.ts';
import { centreOf, fitItem, middleOf } from './item-time.ts';
import type { KeyCommand } from './key-command.ts';
import { type LaneRows, layoutRows, rowsHeight } from './lane-rows.ts';
import type { TimelineModel } from './model.ts';
import { firstFocus, moveFocus } from './move-focus.ts';
import type { Scene } from './scene.ts';
import { panView, type TimeView, wholeView, zoomView } from './time-view.ts';
import type { TimelineViewProps } from './timeline-view.tsx';
import { traceSelected } from './trace-chain.ts';
import { useReveal } from './use-reveal.ts';
import { describeView } from './view-words.ts';

/** What the timeline shows now, and everything that can be done to it. */
export interface TimelineState {
  readonly scene: Scene;
  readonly bounds: TimeView;
  readonly cycles: CycleViews | undefined;
  readonly isPrinting: boolean;
  readonly isExpanded: boolean;
  readonly hovered: Hovered | undefined;
  /** What a screen reader is to say. */
  readonly told: string;
  readonly scrollerRef: RefObject<HTMLDivElement | null>;
  readonly onScroll: (scrollPx: number) => void;
  readonly onExpand: (isExpanded: boolean) => void;
  readonly onHover: (hovered: Hovered | undefined) => void;
  readonly onPick: (item: TimelineItem | undefined) => void;
  readonly onView: (view: TimeView) => void;
  /** The same, and said in words: for those who came by key. */
  readonly onTellView: (view: TimeView) => void;
  readonly onZoom: (atNs: number, factor: number) => void;
  readonly onPan: (deltaNs: number) => void;
  readonly onFit: (item: TimelineItem) => void;
  readonly onKey: (command: KeyCommand) => void;
  readonly onFocus: (isKeyboard: boolean) => void;
  readonly onBlur: () => void;
}

type Options = TimelineViewProps & { readonly model: TimelineModel };

export function useTimeline({ model, timeline, terms, selected, onSelect }: Options): TimelineState {
  const scrollerRef = useRef<HTMLDivElement>(null);
  const isPrinting = usePrinting();
  const bounds = useMemo(() => wholeView(timeline.endNs), [timeline]);
  const cycles = useMemo(() => fitCycles(model), [model]);
  const firstView = cycles?.waits ?? bounds;
  const [view, setView] = useState(firstView);
  const [isExpanded, setExpanded] = useState(false);
  const [scrollPx, setScroll] = useState(0);
  const [hovered, setHovered] = useState<Hovered>();
  const [focused, setFocused] = useState<TimelineItem>();
  const [isFocusShown, setFocusShown] = useState(false);
  const [told, tell] = useAnnouncer();
  const rows = useRows(model, terms, isExpanded && !isPrinting);
  const chain = useMemo(() => traceSelected(model, selected), [model, selected]);
  const surface = useSurface(scrollerRef, rows, isPrinting);
  const reveal = useReveal({ model, rows, bounds, scrollerRef, setView, expand: () => setExpanded(true) });
  useLayoutEffect(() => {
    if (selected !== undefined) {
      reveal(selected);
    }
  }, [selected]);

  const onView = (next: TimeView) => {
    setView(next);
    setHovered(undefined);
  };
  const onTellView = (next: TimeView) => {
    onView(next);
    tell(describeView(next, timeline.endNs));
  };
  const focusOn = (item: TimelineItem) => {
    setFocused(item);
    setFocusShown(true);
    setHovered(undefined);
    reveal(item);
    const { title, lines } = describeItem(model, item);
    tell([title, ...lines].join(', '));
  };
  const onKey = (command: KeyCommand) => {
    switch (command.type) {
      case 'move': {
        const from = focused ?? firstFocus(rows);
        return from && focusOn(moveFocus(model, rows, from, command.move, middleOf(view)));
      }
      case 'pan':
        return onTellView(panView(view, bounds, (view.toNs - view.fromNs) * command.share));
      case 'zoom':
        return onTellView(zoomView(view, bounds, centreOf(model, view, focused), command.factor));
      case 'fit-all':
        return onTellView(bounds);
      case 'fit-cycles':
        return onTellView(firstView);
      case 'fit-focus':
        return onTellView((focused && fitItem(model, focused, bounds)) ?? view);
      case 'select':
        return focused && onSelect(focused);
      case 'dismiss':
        setHovered(undefined);
        setFocusShown(false);
        return onSelect(undefined);
    }
  };
  return {
    scene: {
      model,
      rows,
      chain,
      selected,
      ...surface,
      view: isPrinting ? firstView : view,
      scrollPx: isPrinting ? 0 : scrollPx,
      hovered: hovered?.hit.item,
      focused: isFocusShown ? focused : undefined,
    },
    bounds,
    cycles,
    isPrinting,
    isExpanded,
    hovered,
    told,
    scrollerRef,
    onScroll: setScroll,
    onExpand: setExpanded,
    onHover: setHovered,
    onPick: (item) => {
      setFocused(item);
      onSelect(item);
    },
    onView,
    onTellView,
    onZoom: (atNs, factor) => setView((old) => zoomView(old, bounds, atNs, factor)),
    onPan: (deltaNs) => setView((old) => panView(old, bounds, deltaNs)),
    onFit: (item) => onView(fitItem(model, item, bounds) ?? view),
    onKey,
    onFocus: (isKeyboard) => {
      const item = focused ?? selected ?? firstFocus(rows);
      if (isKeyboard && item !== undefined) {
        focusOn(item);
      }
    },
    onBlur: () => setFocusShown(false),
  };
}

function useRows(model: TimelineModel, terms: TimelineViewProps['terms'], isExpanded: boolean): LaneRows {
  const matching = useMemo(
    () => (terms.length === 0 ? undefined : findMatchingLanes(model.timeline, terms)),
    [model, terms],
  );
  return useMemo(() => layoutRows(model, { isExpanded, matching }), [model, isExpanded, matching]);
}

const WIDE_GUTTER_PX = 176;
const NARROW_GUTTER_PX = 96;
const NARROW_PX = 560;
/** More does not fit on a sheet of paper. */
const MOST_PRINTED_PX = 900;

/** What is drawn on. Paper has another width than the screen, and what is drawn at once is what is printed. */
function useSurface(
  scrollerRef: RefObject<HTMLDivElement | null>,
  rows: LaneRows,
  isPrinting: boolean,
): Pick<Scene, 'widthPx' | 'heightPx' | 'gutterPx'> {
  const screen = useSize(scrollerRef);
  const widthPx = isPrinting ? scrollerRef.current!.clientWidth : screen.widthPx;
  return {
    widthPx,
    heightPx: isPrinting ? Math.min(MOST_PRINTED_PX, rowsHeight(rows)) : screen.heightPx,
    gutterPx: widthPx < NARROW_PX ? NARROW_GUTTER_PX : WIDE_GUTTER_PX,
  };
}
