import { formatPlural } from '../../../format.ts';
import { describeItem } from './describe-item.ts';
import type { Hovered } from './hit-test.ts';
import type { TimelineItem } from './item.ts';
import { placeStrips } from './lane-rows.ts';
import { placeSpan } from './model.ts';
import type { Scene } from './scene.ts';
import { scaleOf, xOf } from './time-view.ts';
import type { TooltipProps } from './tooltip.tsx';

/** The tooltip of what is under the pointer, else of what has the focus. */
export function placeTooltip(scene: Scene, hovered: Hovered | undefined): TooltipProps | undefined {
  if (hovered !== undefined) {
    const { item, others } = hovered.hit;
    const text = describeItem(scene.model, item);
    const more = others === 0 ? [] : [`and ${formatPlural(others, 'other')} too close to be told apart here`];
    return { text: { ...text, lines: [...text.lines, ...more] }, x: hovered.x, y: hovered.y };
  }
  const point = scene.focused && findPoint(scene, scene.focused);
  return point && { text: describeItem(scene.model, scene.focused!), ...point };
}

/** Where a focused item is drawn; undefined: out of sight. */
function findPoint(scene: Scene, item: TimelineItem): { x: number; y: number } | undefined {
  const { model, rows, view, widthPx, gutterPx, scrollPx } = scene;
  const placed = placeSpan(model, item);
  if (placed === undefined) {
    const row = item.type === 'task' ? rows.rowOf[item.lane]! : -1;
    return row < 0 ? undefined : { x: gutterPx / 2, y: rows.tops[row]! - scrollPx };
  }
  const { table, position, lane } = placed;
  const row = rows.rowOf[lane]!;
  const strip =
    row < 0
      ? undefined
      : placeStrips(model, rows, row).find(
          (one) => one.table === table && one.strip === table.strip[position],
        );
  if (strip === undefined) {
    return undefined;
  }
  const scale = scaleOf(view, widthPx - gutterPx);
  const left = Math.max(0, xOf(scale, table.beginNs[position]!));
  const right = Math.min(scale.widthPx, xOf(scale, table.endNs[position]!));
  return { x: gutterPx + (left + right) / 2, y: strip.top + strip.height - scrollPx };
}
