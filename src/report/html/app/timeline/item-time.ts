import type { TimelineItem } from './item.ts';
import { placeSpan, type TimelineModel } from './model.ts';
import { fitRange, type TimeView } from './time-view.ts';

/** The time an item takes; undefined for a task, which takes none of its own. */
export function timeOf(model: TimelineModel, item: TimelineItem): TimeView | undefined {
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

/** A view of the item; undefined for a task. */
export function fitItem(model: TimelineModel, item: TimelineItem, bounds: TimeView): TimeView | undefined {
  const time = timeOf(model, item);
  return time && fitRange(time, bounds);
}

/** What zooming by keys keeps in place: the middle of what is seen of the item, else of the view. */
export function centreOf(model: TimelineModel, view: TimeView, item: TimelineItem | undefined): number {
  const time = (item && timeOf(model, item)) ?? view;
  const fromNs = Math.max(time.fromNs, view.fromNs);
  const toNs = Math.min(time.toNs, view.toNs);
  return fromNs <= toNs ? (fromNs + toNs) / 2 : middleOf(view);
}

export function middleOf({ fromNs, toNs }: TimeView): number {
  return (fromNs + toNs) / 2;
}
