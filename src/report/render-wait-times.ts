import type { Analysis } from '../../analysis/result.ts';
import type { WaitTimes } from '../../analysis/wait-times/result.ts';
import { escapeText } from './escape.ts';
import { formatCount, formatDuration, formatMoment, formatPlural, formatShare } from './format.ts';
import { clip, wrap } from './layout.ts';
import { renderRoots, renderWaitDetail } from './render-wait-detail.ts';
import type { TextStyle } from './style.ts';
import { latencyCells, sumCells, timeTable } from './time-table.ts';
import { nameBriefly, nameKind, nameNamed } from './wording.ts';

/**
 * Where the time went. Without having been asked for more, only of captures in which waits ended: what is open is in the
 * chains.
 */
export function renderWaitTimes(analysis: Analysis, style: TextStyle): string[][] {
  const times = analysis.waitTimes;
  if (times === undefined) {
    return [];
  }
  const isAsked = times.detail !== undefined;
  const ended = times.waits - times.open.waits - times.endMissed.waits;
  if (!isAsked && ended === 0) {
    return [];
  }
  const isShort = !isAsked && analysis.cycles.length > 0;
  const hint = isAsked ? [] : wrap(HINT, style.width).map(style.palette.dim);
  return isShort
    ? [[...renderHeading(times, analysis, style), ...hint]]
    : [
        renderHeading(times, analysis, style),
        renderKinds(times, style),
        renderRoots(times, style),
        renderResources(times, style),
        renderTasks(times, style),
        ...renderWaitDetail(times, style),
        hint,
      ];
}

const HINT = 'Behind whom, in which code, in which convoys, and of which time: holdwait analyze FILE --times';

function renderHeading(times: WaitTimes, analysis: Analysis, style: TextStyle): string[] {
  return wrap(`Where the time went: ${sumUpTimes(times, analysis)}`, style.width).map(style.palette.bold);
}

/** How much was waited in all, in which time and of what. */
export function sumUpTimes(times: WaitTimes, analysis: Analysis): string {
  const { waits, waitedNs, open, endMissed } = times;
  const parts = [
    `${formatDuration(waitedNs)} in ${formatPlural(waits, 'wait')}`,
    ...(open.waits === 0
      ? []
      : [`${formatCount(open.waits)} of them open (${formatDuration(open.waitedNs)})`]),
    ...(endMissed.waits === 0
      ? []
      : [`${formatCount(endMissed.waits)} without an end (${formatDuration(endMissed.waitedNs)} at most)`]),
  ];
  return `${parts.join(', ')}${describeWindow(times, analysis)}${describeSelection(times)}`;
}

function describeWindow({ sinceNs, untilNs }: WaitTimes, { capture }: Analysis): string {
  return sinceNs === 0 && untilNs >= capture.endNs
    ? ''
    : `, from ${formatMoment(sinceNs)} to ${formatMoment(untilNs)}`;
}

function describeSelection({ selection = {} }: WaitTimes): string {
  const parts = Object.entries(selection).map(([name, value]) => `${name} ${clip(escapeText(value), 60)}`);
  return parts.length === 0 ? '' : `; only ${parts.join(', ')}`;
}

const KIND_HEADINGS = ['kind', 'waits', 'time', 'p50', 'p90', 'p99', 'longest'];

function renderKinds({ kinds }: WaitTimes, style: TextStyle): string[] {
  const rows = kinds.rows.map((row) => [nameKind(row.kind), ...sumCells(row), ...latencyCells(row.latency)]);
  return timeTable(KIND_HEADINGS, rows, kinds, style);
}

function renderResources({ resources, waitedNs }: WaitTimes, style: TextStyle): string[] {
  const rows = resources.rows.map((row) => [
    nameBriefly(row.resource),
    ...sumCells(row),
    formatShare(row.waitedNs, waitedNs),
  ]);
  return timeTable(['for', 'waits', 'time', 'share'], rows, resources, style);
}

function renderTasks({ tasks, waitedNs }: WaitTimes, style: TextStyle): string[] {
  const rows = tasks.rows.map((row) => [
    nameNamed(row.task),
    ...sumCells(row),
    formatShare(row.waitedNs, waitedNs),
  ]);
  return timeTable(['task', 'waits', 'time', 'share'], rows, tasks, style);
}
