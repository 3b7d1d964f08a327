import { useRef } from 'preact/hooks';
import { drawHoldBar, drawWaitBar } from './draw-bar.ts';
import { useDrawing } from './hooks.ts';
import { HOLD_LOOKS, type HoldLook, WAIT_LOOKS, type WaitLook } from './looks.ts';
import type { TimelineModel } from './model.ts';
import type { Palette } from './palette.ts';

const WORDS: Readonly<Record<WaitLook | HoldLook, string>> = {
  cycle: 'waits in a cycle',
  behind: 'waits behind a cycle',
  lock: 'waits for a lock, a page, another task',
  io: 'waits for writeback or I/O',
  held: 'holds',
  wanted: 'holds what closes a cycle',
};

export interface LegendProps {
  readonly model: TimelineModel;
  readonly palette: Palette;
  readonly isPrinting: boolean;
}

/** What the bars mean, of those that there are. */
export function TimelineLegend({ model, palette, isPrinting }: LegendProps) {
  const waits = WAIT_LOOKS.filter((_, look) => model.waits.look.includes(look)).reverse();
  const holds = HOLD_LOOKS.filter((_, look) => model.holds.look.includes(look)).reverse();
  return (
    <ul class="timeline-legend" aria-label="Legend of the timeline">
      {[...waits, ...holds].map((look) => (
        <li key={look}>
          <span aria-hidden="true">
            <Swatch look={look} palette={palette} isPrinting={isPrinting} />
          </span>
          {WORDS[look]}
        </li>
      ))}
    </ul>
  );
}

const SWATCH = { widthPx: 30, heightPx: 16 };

interface SwatchProps {
  readonly look: WaitLook | HoldLook;
  readonly palette: Palette;
  readonly isPrinting: boolean;
}

function Swatch({ look, palette, isPrinting }: SwatchProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  useDrawing(ref, { ...SWATCH, isPrinting }, (context) => {
    context.clearRect(0, 0, SWATCH.widthPx, SWATCH.heightPx);
    if (look === 'held' || look === 'wanted') {
      drawHoldBar(context, palette, look, { x: 1, y: 5, width: 28, height: 6 }, false);
    } else {
      drawWaitBar(context, palette, look, { x: 1, y: 1, width: 28, height: 14 }, false);
    }
  });
  return <canvas ref={ref} />;
}
