import { useId } from 'preact/hooks';
import { formatPlural } from '../../../format.ts';
import { Axis } from './axis.tsx';
import { middleOf } from './item-time.ts';
import { KEY_HELP, ZOOM_STEP } from './key-command.ts';
import { countUnseen } from './lane-rows.ts';
import { TimelineLegend } from './legend.tsx';
import type { TimelineModel } from './model.ts';
import { Overview } from './overview.tsx';
import type { Palette } from './palette.ts';
import { Plot } from './plot.tsx';
import { zoomView } from './time-view.ts';
import type { TimelineViewProps } from './timeline-view.tsx';
import { Tooltip } from './tooltip.tsx';
import { placeTooltip } from './tooltip-place.ts';
import { type TimelineState, useTimeline } from './use-timeline.ts';
import { ViewButtons } from './view-buttons.tsx';
import { describeView } from './view-words.ts';

export interface TimelineBodyProps extends TimelineViewProps {
  readonly model: TimelineModel;
  readonly palette: Palette;
}

/** The timeline of a model, from top to bottom. */
export function TimelineBody(props: TimelineBodyProps) {
  const { model, palette, selected, onSelect, terms } = props;
  const id = useId();
  const state = useTimeline(props);
  const { scene, bounds, isPrinting, told, onView } = state;
  const { view, widthPx, gutterPx } = scene;
  const tip = isPrinting ? undefined : placeTooltip(scene, state.hovered);
  return (
    <>
      <ViewToolbar state={state} rangeId={`${id}-range`} />
      {!isPrinting && (
        <div style={{ paddingInlineStart: `${gutterPx}px` }} aria-hidden="true">
          <Overview
            model={model}
            palette={palette}
            view={view}
            bounds={bounds}
            widthPx={Math.max(0, widthPx - gutterPx)}
            onView={onView}
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
        onView={onView}
        onSelect={onSelect}
      />
      <div class="timeline-plot">
        <Plot {...state} palette={palette} describedBy={`${id}-range ${id}-help`} />
        {tip && <Tooltip {...tip} />}
      </div>
      {isPrinting && <NotPrinted count={countUnseen(scene.rows, scene.heightPx)} />}
      <TimelineLegend model={model} palette={palette} isPrinting={isPrinting} />
      {terms.length > 0 && scene.rows.lanes.length === 0 && (
        <p class="timeline-note">No task, resource or frame matches the filter.</p>
      )}
      <p class="timeline-note timeline-hint">
        Ctrl or ⌘ with the wheel, or two fingers, zoom; dragging moves, a double click fits a span, dragging
        along the time axis shows a range.
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

/** Nobody can scroll on paper. */
function NotPrinted({ count }: { readonly count: number }) {
  return count === 0 ? null : (
    <p class="timeline-note">
      {formatPlural(count, 'more task')} waited or held something; the page on a screen has them all.
    </p>
  );
}

function ViewToolbar({ state, rangeId }: { readonly state: TimelineState; readonly rangeId: string }) {
  const { scene, bounds, cycles, onTellView } = state;
  const { view, model } = scene;
  const zoom = (factor: number) => onTellView(zoomView(view, bounds, middleOf(view), factor));
  return (
    <ViewButtons
      range={describeView(view, model.timeline.endNs)}
      rangeId={rangeId}
      onZoomIn={() => zoom(ZOOM_STEP)}
      onZoomOut={() => zoom(1 / ZOOM_STEP)}
      onFitAll={() => onTellView(bounds)}
      onFitWaits={cycles && (() => onTellView(cycles.waits))}
      onFitClosing={cycles && (() => onTellView(cycles.closing))}
    />
  );
}
