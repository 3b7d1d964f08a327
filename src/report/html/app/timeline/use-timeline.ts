import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { findMatchingLanes } from './filter-lanes.ts';
import { followKey } from './follow-key.ts';
import type { Hovered } from './hit-test.ts';
import { useAnnouncer, useIsPrinting, useSize } from './hooks.ts';
import type { TimelineItem } from './item.ts';
import { fitItem } from './item-time.ts';
import type { KeyCommand } from './key-command.ts';
import { type LaneRows, layoutRows, rowsHeight } from './lane-rows.ts';
import type { TimelineModel } from './model.ts';
import { firstFocus } from './move-focus.ts';
import type { Scene } from './scene.ts';
import type { TimelineViewProps } from './timeline-view.tsx';
import { traceSelected } from './trace-chain.ts';
import { useItemFocus } from './use-item-focus.ts';
import { useReveal } from './use-reveal.ts';
import { type TimeViewState, useTimeView } from './use-time-view.ts';

/** What the timeline shows now, and everything that can be done to it. */
export interface TimelineState extends TimeViewState {
  readonly scene: Scene;
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
  readonly onFit: (item: TimelineItem) => void;
  readonly onKey: (command: KeyCommand) => void;
  readonly onFocus: (isKeyboard: boolean) => void;
  readonly onBlur: () => void;
}

type Options = TimelineViewProps & { readonly model: TimelineModel };

export function useTimeline({ model, terms, selected, onSelect }: Options): TimelineState {
  const scrollerRef = useRef<HTMLDivElement>(null);
  const isPrinting = useIsPrinting();
  const [isExpanded, setExpanded] = useState(false);
  const [scrollPx, setScroll] = useState(0);
  const [hovered, setHovered] = useState<Hovered>();
  const [told, tell] = useAnnouncer();
  const leave = () => setHovered(undefined);
  const rows = useRows(model, terms, isExpanded && !isPrinting);
  const chain = useMemo(() => traceSelected(model, selected), [model, selected]);
  const surface = useSurface(scrollerRef, rows, isPrinting);
  const time = useTimeView(model, tell, leave);
  const { bounds, view, firstView, changeView } = time;
  const reveal = useReveal({ model, rows, bounds, scrollerRef, changeView, expand: () => setExpanded(true) });
  const focus = useItemFocus({ model, tell, reveal, leave });
  useLayoutEffect(() => {
    if (selected !== undefined) {
      reveal(selected);
    }
  }, [selected]);
  return {
    ...time,
    scene: {
      model,
      rows,
      chain,
      selected,
      ...surface,
      view: isPrinting ? firstView : view,
      scrollPx: isPrinting ? 0 : scrollPx,
      hovered: hovered?.hit.item,
      focused: focus.shown,
    },
    isPrinting,
    isExpanded,
    hovered,
    told,
    scrollerRef,
    onScroll: (px) => {
      setScroll(px);
      leave();
    },
    onExpand: setExpanded,
    onHover: setHovered,
    onPick: (item) => {
      focus.setFocused(item);
      onSelect(item);
    },
    onFit: (item) => time.onView(fitItem(model, item, bounds) ?? view),
    onKey: (command) => followKey(command, { model, rows, time, focus, leave, onSelect }),
    onFocus: (isKeyboard) => {
      const item = focus.focused ?? selected ?? firstFocus(rows);
      if (isKeyboard && item !== undefined) {
        focus.focusOn(item);
      }
    },
    onBlur: focus.hideFocus,
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
