import type { RefObject } from 'preact';
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Axis } from './axis.tsx';
import { describeItem } from './describe-item.ts';
import { findMatchingLanes } from './filter-lanes.ts';
import { fitCycles } from './fit.ts';
import { useAnnouncer, usePrinting, useSize } from './hooks.ts';
import type { TimelineItem } from './item.ts';
import { KEY_HELP, type KeyCommand, ZOOM_STEP } from './key-command.ts';
import { type LaneRows, layoutRows, rowsHeight } from './lane-rows.ts';
import { Legend } from './legend.tsx';
import { laneOf, placeSpan, type TimelineModel } from './model.ts';
import { firstFocus, moveFocus } from './move-focus.ts';
import { Overview } from './overview.tsx';
import type { Palette } from './palette.ts';
import { type Hovered, Plot } from './plot.tsx';
import type { Scene } from './scene.ts';
import {
  clampView,
  fitRange,
  panView,
  revealRange,
  type TimeView,
  wholeView,
  zoomView,
} from './time-view.ts';
import type { TimelineViewProps } from './timeline-view.tsx';
import { Toolbar } from './toolbar.tsx';
import { Tooltip } from './tooltip.tsx';
import { placeTooltip } from './tooltip-place.ts';
import { findClosingWait, type TracedChain, traceChain } from './trace-chain.ts';
import { describeView } from './view-words.ts';

export interface TimelineBodyProps extends TimelineViewProps {
  readonly model: TimelineModel;
  readonly palette: Palette;
}

const WIDE_GUTTER_PX = 176;
const NARROW_GUTTER_PX = 96;
const NARROW_PX = 560;
/** More does not fit on a sheet of paper. */
const MOST_PRINTED_PX = 900;

/** The timeline of a model: its state, and what keys and pointers change of it. */
export function TimelineBody(props: TimelineBodyProps) {
  const { model, palette, selected, onSelect, terms, timeline } = props;
  const id = useId();
  const scrollerRef = useRef<HTMLDivElement>(null);
  const screen = useSize(scrollerRef);
  const isPrinting = usePrinting();
  const bounds = useMemo(() => wholeView(timeline.endNs), [timeline]);
  const cycles = useMemo(() => fitCycles(model), [model]);
  const firstView = cycles?.waits ?? bounds;
  const [screenView, setView] = useState(firstView);
  const [isExpanded, setExpanded] = useState(false);
  const [scrollPx, setScroll] = useState(0);
  const [hovered, setHovered] = useState<Hovered>();
  const [focused, setFocused] = useState<TimelineItem>();
  const [hasFocus, setHasFocus] = useState(false);
  const [told, tell] = useAnnouncer();
  const rows = useRows(model, terms, isExpanded && !isPrinting);
  const chain = useMemo(() => traceSelected(model, selected), [model, selected]);

  const view = isPrinting ? firstView : screenView;
  // Paper has another width than the screen, and what is drawn now is what is printed.
  const widthPx = isPrinting ? scrollerRef.current!.clientWidth : screen.widthPx;
  const heightPx = isPrinting ? Math.min(MOST_PRINTED_PX, rowsHeight(rows)) : screen.heightPx;
  const gutterPx = widthPx < NARROW_PX ? NARROW_GUTTER_PX : WIDE_GUTTER_PX;
  const scene: Scene = {
    model,
    rows,
    view,
    widthPx,
    heightPx,
    gutterPx,
    scrollPx: isPrinting ? 0 : scrollPx,
    hovered: hovered?.hit.item,
    focused: hasFocus ? focused : undefined,
    selected,
    chain,
  };

  const reveal = useReveal(scene, bounds, scrollerRef, setView, () => setExpanded(true));
  useLayoutEffect(() => {
    if (selected !== undefined) {
      reveal(selected);
    }
  }, [selected]);

  const focusOn = (item: TimelineItem) => {
    setFocused(item);
    setHovered(undefined);
    reveal(item);
    const { title, lines } = describeItem(model, item);
    tell([title, ...lines].join(', '));
  };
  const showView = (next: TimeView) => {
    setView(next);
    setHovered(undefined);
  };
  const showByKey = (next: TimeView) => {
    showView(next);
    tell(describeView(next, timeline.endNs));
  };
  const onKey = (command: KeyCommand) => {
    const centreNs = centreOf(scene, focused);
    switch (command.type) {
      case 'move':
        return focusOn(
          focused === undefined
            ? (firstFocus(rows) ?? { type: 'task', lane: 0 })
            : moveFocus(model, rows, focused, command.move, (view.fromNs + view.toNs) / 2),
        );
      case 'pan':
        return showByKey(panView(view, bounds, (view.toNs - view.fromNs) * command.share));
      case 'zoom':
        return showByKey(zoomView(view, bounds, centreNs, command.factor));
      case 'fit':
        return showByKey(fitTo(command.what));
      case 'select':
        return focused && onSelect(focused);
      case 'dismiss':
        setHovered(undefined);
        setHasFocus(false);
        return onSelect(undefined);
    }
  };
  const fitTo = (what: 'all' | 'cycles' | 'focus'): TimeView => {
    switch (what) {
      case 'all':
        return bounds;
      case 'cycles':
        return firstView;
      case 'focus':
        return (focused && fitItem(model, focused, bounds)) ?? view;
    }
  };
  const middleNs = (view.fromNs + view.toNs) / 2;
  const tip = isPrinting ? undefined : placeTooltip(scene, hovered);
  return (
    <>
      <Toolbar
        range={describeView(view, timeline.endNs)}
        rangeId={`${id}-range`}
        onZoomIn={() => showByKey(zoomView(view, bounds, middleNs, ZOOM_STEP))}
        onZoomOut={() => showByKey(zoomView(view, bounds, middleNs, 1 / ZOOM_STEP))}
        onFitAll={() => showByKey(bounds)}
        onFitWaits={cycles && (() => showByKey(cycles.waits))}
        onFitClosing={cycles && (() => showByKey(cycles.closing))}
      />
      <div class="timeline-plot">
        {!isPrinting && (
          <div style={{ paddingInlineStart: `${gutterPx}px` }} aria-hidden="true">
            <Overview
              model={model}
              palette={palette}
              view={view}
              bounds={bounds}
              widthPx={Math.max(0, widthPx - gutterPx)}
              onView={showView}
            />
          </div>
        )}
        <Axis
          model={model}
          palette={palette}
          view={view}
          bounds={bounds}
          widthPx={widthPx}
          gutterPx={gutterPx}
          isPrinting={isPrinting}
          selected={selected}
          onView={showView}
          onSelect={onSelect}
        />
        <div class="timeline-plot">
          <Plot
            scene={scene}
            palette={palette}
            isPrinting={isPrinting}
            isExpanded={isExpanded}
            scrollerRef={scrollerRef}
            describedBy={`${id}-range ${id}-help`}
            onScroll={setScroll}
            onExpand={setExpanded}
            onHover={setHovered}
            onPick={(item) => {
              setFocused(item);
              onSelect(item);
            }}
            onZoom={(atNs, factor) => setView((old) => zoomView(old, bounds, atNs, factor))}
            onPan={(deltaNs) => setView((old) => panView(old, bounds, deltaNs))}
            onFit={(item) => showView(fitItem(model, item, bounds) ?? view)}
            onKey={onKey}
            onFocus={(isKeyboard) => {
              setHasFocus(isKeyboard);
              const item = focused ?? selected ?? firstFocus(rows);
              if (isKeyboard && item !== undefined) {
                focusOn(item);
              }
            }}
            onBlur={() => setHasFocus(false)}
          />
          {tip && <Tooltip {...tip} />}
        </div>
      </div>
      <Legend model={model} palette={palette} isPrinting={isPrinting} />
      {terms.length > 0 && rows.lanes.length === 0 && (
        <p class="timeline-note">No task, resource or frame matches the filter.</p>
      )}
      <p class="timeline-note timeline-hint">
        Ctrl or ⌘ with the wheel zooms, dragging moves, a double click fits a span, dragging along the time
        axis shows a range.
      </p>
      <p id={`${id}-help`} class="timeline-unseen">
        {KEY_HELP}
      </p>
      <div class="timeline-unseen" aria-live="polite">
        {told}
      </div>
    </>
  );
}

/** The chain of a selected wait; of a cycle, that of the wait that closed it, which leads around. */
function traceSelected(model: TimelineModel, selected: TimelineItem | undefined): TracedChain | undefined {
  const row =
    selected?.type === 'cycle'
      ? findClosingWait(model, selected.cycle)
      : selected?.type === 'wait'
        ? selected.row
        : undefined;
  return row === undefined ? undefined : traceChain(model, row);
}

function useRows(model: TimelineModel, terms: TimelineViewProps['terms'], isExpanded: boolean): LaneRows {
  const matching = useMemo(
    () => (terms.length === 0 ? undefined : findMatchingLanes(model.timeline, terms)),
    [model, terms],
  );
  return useMemo(() => layoutRows(model, { isExpanded, matching }), [model, isExpanded, matching]);
}

/** Brings an item into view; one that is among the collapsed lanes as soon as these are shown. */
function useReveal(
  { model, rows, heightPx }: Scene,
  bounds: TimeView,
  scrollerRef: RefObject<HTMLDivElement | null>,
  setView: (change: (old: TimeView) => TimeView) => void,
  expand: () => void,
): (item: TimelineItem) => void {
  const [pending, setPending] = useState<TimelineItem>();
  useLayoutEffect(() => {
    const lane = pending && laneOf(model, pending);
    const row = lane === undefined ? -1 : rows.rowOf[lane]!;
    if (row >= 0) {
      scrollTo(scrollerRef.current!, heightPx, rows.tops[row]!, rows.tops[row + 1]!);
      setPending(undefined);
    }
  }, [pending, rows]);
  return (item) => {
    const lane = laneOf(model, item);
    if (lane !== undefined) {
      if (rows.rowOf[lane]! < 0) {
        expand();
      }
      setPending(item);
    }
    const range = rangeOf(model, item);
    if (range !== undefined) {
      setView((old) => revealRange(old, bounds, range));
    }
  };
}

function scrollTo(scroller: HTMLDivElement, heightPx: number, top: number, bottom: number): void {
  if (top < scroller.scrollTop) {
    scroller.scrollTop = top;
  } else if (bottom > scroller.scrollTop + heightPx) {
    scroller.scrollTop = bottom - heightPx;
  }
}

/** The time an item takes; a task takes none of its own. */
function rangeOf(model: TimelineModel, item: TimelineItem): TimeView | undefined {
  if (item.type === 'cycle') {
    const atNs = model.closedNs[item.cycle]!;
    return { fromNs: atNs, toNs: atNs };
  }
  const placed = placeSpan(model, item);
  return (
    placed && {
      fromNs: placed.table.beginNs[placed.position]!,
      toNs: placed.table.endNs[placed.position]!,
    }
  );
}

function fitItem(model: TimelineModel, item: TimelineItem, bounds: TimeView): TimeView | undefined {
  const range = rangeOf(model, item);
  return range && fitRange(range, bounds);
}

/** What zooming by keys keeps in place: what of the focused span is seen, else the middle. */
function centreOf({ model, view }: Scene, focused: TimelineItem | undefined): number {
  const { fromNs, toNs } = (focused && rangeOf(model, focused)) ?? view;
  const seen = clampView(view, view);
  const from = Math.max(fromNs, seen.fromNs);
  const to = Math.min(toNs, seen.toNs);
  return from <= to ? (from + to) / 2 : (view.fromNs + view.toNs) / 2;
}
