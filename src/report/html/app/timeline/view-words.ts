import { formatDuration, formatMoment } from '../../../format.ts';
import type { TimeView } from './time-view.ts';

/** What is seen of a capture, in words. */
export function describeView(view: TimeView, endNs: number): string {
  const fromNs = Math.max(0, view.fromNs);
  const toNs = Math.min(endNs, view.toNs);
  return fromNs === 0 && toNs === endNs
    ? `Shown: all ${formatDuration(endNs)}`
    : `Shown: ${formatDuration(toNs - fromNs)} from ${formatMoment(fromNs)}, of ${formatDuration(endNs)}`;
}
