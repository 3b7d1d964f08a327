/** What a wheel asks for; undefined: to scroll, which the browser does. */
export type WheelCommand =
  | { readonly type: 'zoom'; readonly factor: number }
  | { readonly type: 'pan'; readonly px: number };

interface Wheel {
  readonly deltaX: number;
  readonly deltaY: number;
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

const PX_PER_LINE = 16;
const LINES = 1;
/** A notch of a wheel is 100 or more, a step of a pinch 1 to 10: neither may leap. */
const MOST_ZOOM_PX = 50;
const ZOOM_PER_PX = 0.01;

/** With ctrl or ⌘ zooms, as pinching on a touchpad does; with shift, or sideways, moves in time. */
export function readWheel(wheel: Wheel): WheelCommand | undefined {
  const unit = wheel.deltaMode === LINES ? PX_PER_LINE : 1;
  const x = wheel.deltaX * unit;
  const y = wheel.deltaY * unit;
  if (wheel.ctrlKey || wheel.metaKey) {
    const px = Math.max(-MOST_ZOOM_PX, Math.min(MOST_ZOOM_PX, y));
    return { type: 'zoom', factor: Math.exp(-px * ZOOM_PER_PX) };
  }
  if (wheel.shiftKey) {
    return { type: 'pan', px: x === 0 ? y : x };
  }
  return Math.abs(x) > Math.abs(y) ? { type: 'pan', px: x } : undefined;
}
