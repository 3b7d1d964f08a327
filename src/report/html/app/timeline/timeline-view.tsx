import { useEffect, useRef } from 'preact/hooks';
import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';
import type { TimelineItem } from './item.ts';
import './timeline.css';

export type { TimelineItem } from './item.ts';

export interface TimelineViewProps {
  readonly timeline: Timeline;
  /** When each cycle closed, in the order of Analysis.cycles. */
  readonly closedNs: readonly number[];
  /** Drawn as chosen, with the arrows of its chain; brought into view when it changes. */
  readonly selected: TimelineItem | undefined;
  /** undefined: nothing is to be chosen. */
  readonly onSelect: (item: TimelineItem | undefined) => void;
  /**
   * The page's filter, asked for texts of a task (name, resources, frames): lanes without a match are not shown. The same
   * function as long as the filter is the same. undefined: no filter.
   */
  readonly matches?: ((text: string) => boolean) | undefined;
}

/** Waits and holds of the tasks over time. */
export function TimelineView({ timeline }: TimelineViewProps) {
  const canvasRef = useRef<HTMLCanvasElement>(null);
  useEffect(() => drawWaits(canvasRef.current!, timeline), [timeline]);
  return (
    <section class="timeline" aria-label="Timeline">
      <canvas ref={canvasRef} class="timeline-canvas" role="img" aria-label="Waits of the tasks over time" />
    </section>
  );
}

function drawWaits(canvas: HTMLCanvasElement, { lanes, waits, endNs }: Timeline): void {
  const context = canvas.getContext('2d')!;
  const rowHeight = 24;
  canvas.width = canvas.clientWidth;
  canvas.height = Math.min(lanes.length, 30) * rowHeight;
  for (let row = 0; row < waits.lane.length; row++) {
    const x = (waits.beginNs[row]! / endNs) * canvas.width;
    const width = (waits.durationNs[row]! / endNs) * canvas.width;
    context.fillRect(x, waits.lane[row]! * rowHeight + 4, Math.max(1, width), rowHeight - 8);
  }
}
