import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { formatPlural } from '../../../format.ts';
import { drawLanes } from './draw-lanes.ts';
import { useDrawing } from './hooks.ts';
import { readKey } from './key-command.ts';
import { LANE, MORE_ROW, rowsHeight } from './lane-rows.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { usePointer } from './use-pointer.ts';
import type { TimelineState } from './use-timeline.ts';

export interface PlotProps extends TimelineState {
  readonly palette: Palette;
  /** Ids of what describes it. */
  readonly describedBy: string;
}

/** The lanes: the browser scrolls them, the canvas stays in place and draws what is seen. */
export function Plot(props: PlotProps) {
  const { scene, palette, isPrinting, scrollerRef, onScroll } = props;
  const ref = useRef<HTMLCanvasElement>(null);
  useDrawing(ref, { ...scene, isPrinting }, (context) => drawLanes(context, scene, palette));
  return (
    <div
      ref={scrollerRef}
      class="timeline-scroller"
      onScroll={(event) => onScroll(event.currentTarget.scrollTop)}
    >
      <div class="timeline-rows" style={{ height: `${rowsHeight(scene.rows)}px` }}>
        <LanesCanvas canvasRef={ref} {...props} />
        <MoreButton {...props} />
      </div>
    </div>
  );
}

function LanesCanvas({
  canvasRef,
  ...props
}: PlotProps & { readonly canvasRef: RefObject<HTMLCanvasElement | null> }) {
  const { scene, scrollerRef, describedBy, onKey, onFocus, onBlur } = props;
  const { isDragging, ...pointer } = usePointer(scene, scrollerRef, props);
  return (
    <div
      class={isDragging ? 'timeline-lanes dragging' : 'timeline-lanes'}
      role="application"
      aria-roledescription="timeline"
      aria-label={nameOf(scene)}
      aria-describedby={describedBy}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keys
      tabIndex={0}
      {...pointer}
      onKeyDown={(event) => {
        const command = readKey(event);
        if (command !== undefined) {
          event.preventDefault();
          onKey(command);
        }
      }}
      onFocus={(event) => onFocus(event.currentTarget.matches(':focus-visible'))}
      onBlur={onBlur}
    >
      <canvas ref={canvasRef} />
    </div>
  );
}

function nameOf({ model: { timeline } }: Scene): string {
  return `What ${formatPlural(timeline.lanes.length, 'task')} waited for and held over time`;
}

function MoreButton({ scene: { rows }, isExpanded, onExpand }: PlotProps) {
  const row = rows.lanes.indexOf(MORE_ROW);
  if (row < 0) {
    return null;
  }
  return (
    <button
      type="button"
      class="timeline-more"
      style={{ top: `${rows.tops[row]! + LANE.gapPx}px` }}
      aria-expanded={isExpanded}
      onClick={() => onExpand(!isExpanded)}
    >
      {formatPlural(rows.others, 'more task')}: {isExpanded ? 'hide' : 'show'}
    </button>
  );
}
