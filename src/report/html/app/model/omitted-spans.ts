import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { formatDuration, formatPlural } from '../../../format.ts';

/** Waits, or holds, that the page does not have, and the option that keeps more of them. */
export function describeOmitted({ omitted }: Timeline, of: 'waits' | 'holds'): string[] {
  const [count, ns, noun] =
    of === 'waits'
      ? [omitted.waits, omitted.waitedNs, 'shorter wait']
      : [omitted.holds, omitted.heldNs, 'shorter hold'];
  return count === 0
    ? []
    : [`${formatPlural(count, noun)} not on this page, ${formatDuration(ns)} in all: --html-spans`];
}
