import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ItemText } from './describe-item.ts';

export interface TooltipProps {
  readonly text: ItemText;
  /** What it belongs to, from the left and top of the positioned element around. */
  readonly x: number;
  readonly y: number;
}

const DISTANCE_PX = 14;

/** Details beside what they are about; kept within the element around. What it says is read out elsewhere. */
export function Tooltip({ text, x, y }: TooltipProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { offsetWidth, offsetHeight, offsetParent, style } = ref.current!;
    const { clientWidth, clientHeight } = offsetParent!;
    const left =
      x + DISTANCE_PX + offsetWidth > clientWidth ? x - DISTANCE_PX - offsetWidth : x + DISTANCE_PX;
    const top =
      y + DISTANCE_PX + offsetHeight > clientHeight ? y - DISTANCE_PX - offsetHeight : y + DISTANCE_PX;
    style.left = `${Math.max(0, left)}px`;
    style.top = `${Math.max(0, top)}px`;
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
