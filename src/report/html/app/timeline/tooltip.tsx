import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ItemText } from './describe-item.ts';

export interface TooltipProps {
  readonly text: ItemText;
  /** What it belongs to, from the left and top of the positioned element around. */
  readonly x: number;
  readonly y: number;
}

const DISTANCE_PX = 14;

/** Details below what they are about, above where the window ends. What it says is read out elsewhere. */
export function Tooltip({ text, x, y }: TooltipProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { offsetWidth, offsetHeight, offsetParent, style } = ref.current!;
    const around = offsetParent!.getBoundingClientRect();
    const left = Math.min(x + DISTANCE_PX, around.width - offsetWidth);
    const isRoomBelow = around.top + y + DISTANCE_PX + offsetHeight < innerHeight;
    style.left = `${Math.max(0, left)}px`;
    style.top = `${isRoomBelow ? y + DISTANCE_PX : y - DISTANCE_PX - offsetHeight}px`;
  });
  return (
    <div ref={ref} class="timeline-tooltip" aria-hidden="true">
      <strong>{text.title}</strong>
      {text.lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  );
}
