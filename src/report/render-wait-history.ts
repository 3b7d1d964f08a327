import type { WaitHistory, WaitSegment } from '../../analysis/wait-times/result.ts';
import { formatDuration, formatMoment, formatPlural } from './format.ts';
import { layoutTable, wrap, wrapAfter } from './layout.ts';
import { namePath } from './render-wait-detail.ts';
import { indent, type TextStyle } from './style.ts';
import { nameBriefly, nameChainEnd, nameNamed, nameResource, nameWaitEnd } from './wording.ts';

const COLUMNS = [{ share: 0.18 }, { share: 0.12 }, {}] as const;

/** One wait, and whom it was behind over time. */
export function renderWaitHistory(wait: WaitHistory, style: TextStyle): string[] {
  return [
    ...wrap(sumUpHistory(wait), style.width),
    ...indent([
      ...wrapAfter('in  ', namePath(wait.path, style, wait.path.length), style.width - 2),
      '',
      ...renderSegments(wait, style.width - 2),
    ]),
  ];
}

/** Who waited for what, how long, since when, and how it ended. */
export function sumUpHistory({ task, resource, sinceNs, waitNs, end }: WaitHistory): string {
  return `${nameNamed(task)} waited ${formatDuration(waitNs)} for ${nameResource(resource)}, from ${formatMoment(sinceNs)}, ${nameWaitEnd(end)}`;
}

function renderSegments({ segments, omittedSegments }: WaitHistory, width: number): string[] {
  if (segments.length === 0) {
    return ['not followed: too many waited for the same'];
  }
  const rows = segments.map((segment) => [
    formatMoment(segment.fromNs),
    formatDuration(segment.toNs - segment.fromNs),
    nameBehind(segment),
  ]);
  const rest =
    omittedSegments === 0
      ? []
      : [`… ${formatPlural(omittedSegments, 'stretch', 'stretches')} in between not kept`];
  return [...layoutTable(COLUMNS, [['from', 'for', 'behind'], ...rows], width), ...rest];
}

/** The way to the end; a task on it is told with what it waited for. */
export function nameBehind({ behind, moreBehind = 0, end }: WaitSegment): string {
  const steps = behind.map(({ task, resource }) => `${nameNamed(task)} (for ${nameBriefly(resource)})`);
  const more = moreBehind > 0 ? [formatPlural(moreBehind, 'more task')] : [];
  return [...steps, ...more, nameChainEnd(end)].join(' → ');
}
