import { waitHandle } from '../../analysis/handles.ts';
import type {
  Convoy,
  LongHold,
  PathChain,
  TaskChain,
  WaitDetail,
  WaitHistory,
  WaitTimes,
} from '../../analysis/wait-times/result.ts';
import { escapeText } from './escape.ts';
import { formatCount, formatDuration, formatMoment, formatPlural, formatShare } from './format.ts';
import { clip, wrap } from './layout.ts';
import { indent, type TextStyle } from './style.ts';
import { latencyCells, sumCells, timeTable } from './time-table.ts';
import {
  nameBriefly,
  nameChainEnd,
  nameEndType,
  nameHoldEnd,
  nameKind,
  nameNamed,
  nameWaitEnd,
} from './wording.ts';

/** Functions named of a call path, innermost first; of one in a chain fewer. */
const MOST_FUNCTIONS = 6;
const MOST_CHAIN_FUNCTIONS = 2;

/** Whom waits were for: each list with its heading, in the order in which one asks. */
export function renderWaitDetail(times: WaitTimes, style: TextStyle): string[][] {
  const { detail, paths, waitedNs } = times;
  if (detail === undefined) {
    return [];
  }
  const pathRows = paths.rows.map((row) => [
    namePath(row.path, style, MOST_FUNCTIONS),
    ...sumCells(row),
    ...latencyCells(row.latency).slice(0, 3),
  ]);
  return [
    timeTable(['in', 'waits', 'time', 'p50', 'p90', 'p99'], pathRows, paths, style),
    ...renderChains(detail, waitedNs, style),
    renderList('Convoys', detail.convoys, (convoy) => describeConvoy(convoy), style),
    renderList('Longest holds', detail.holds, (hold) => describeHold(hold, style), style),
    renderList('Longest waits', detail.longest, (wait, i) => describeWait(wait, i), style),
  ];
}

/** Whom everything was behind, where that was asked for. */
export function renderRoots({ detail, waitedNs }: WaitTimes, style: TextStyle): string[] {
  if (detail === undefined) {
    return [];
  }
  const { roots } = detail;
  const rows = roots.rows.map((root) => [
    nameChainEnd(root),
    formatDuration(root.waitedNs),
    formatShare(root.waitedNs, waitedNs),
  ]);
  return timeTable(['behind', 'time', 'share'], rows, roots, style);
}

function renderChains(detail: WaitDetail, waitedNs: number, style: TextStyle): string[][] {
  const { chainsByTask, chainsByPath } = detail;
  const cells = (ns: number) => [formatDuration(ns), formatShare(ns, waitedNs)];
  const byTask = chainsByTask.rows.map((chain) => [nameTaskChain(chain), ...cells(chain.waitedNs)]);
  const byPath = chainsByPath.rows.map((chain) => [namePathChain(chain, style), ...cells(chain.waitedNs)]);
  const notes = describeLimits(detail);
  return [
    timeTable(['chain', 'time', 'share'], byTask, chainsByTask, style),
    timeTable(['chain by code', 'time', 'share'], byPath, chainsByPath, style),
    indent(notes.flatMap((note) => wrap(note, style.width - 2))),
  ];
}

/** What of the time is in no chain, and how the chains were found where not each was followed. */
export function describeLimits({ isSampled, unfollowedNs }: WaitDetail): string[] {
  return [
    ...(isSampled
      ? ['Chains changed too often to follow each change: these are from looks now and then']
      : []),
    ...(unfollowedNs > 0
      ? [`Not in a chain above: ${formatDuration(unfollowedNs)}, of those far back in long queues`]
      : []),
  ];
}

/** Everyone on the way, with what they waited for: `app:12 (mutex) → cp:3`. */
export function nameTaskChain({ links, end }: TaskChain): string {
  const steps = links.map(({ task, kind }) => `${nameNamed(task)} (${nameKind(kind)})`);
  return [...steps, nameChainEnd(end)].join(' → ');
}

function namePathChain({ links, end }: PathChain, style: TextStyle): string {
  const steps = links.map(({ path, kind }) =>
    path.length === 0 ? nameKind(kind) : namePath(path, style, MOST_CHAIN_FUNCTIONS),
  );
  return [...steps, nameEndType(end)].join(' → ');
}

/** `folio_wait_writeback ← shrink_folio_list ← …`: from where the task waits to where it came from. */
export function namePath(
  path: readonly string[],
  { fullStacks }: Pick<TextStyle, 'fullStacks'>,
  most: number,
): string {
  if (path.length === 0) {
    return '(no stack)';
  }
  const shown = fullStacks ? path : path.slice(0, most);
  const rest = shown.length < path.length ? ' ← …' : '';
  return shown.map((name) => clip(escapeText(name), 60)).join(' ← ') + rest;
}

function renderList<T>(
  heading: string,
  { rows, omitted }: { readonly rows: readonly T[]; readonly omitted: number },
  describe: (row: T, i: number) => string,
  style: TextStyle,
): string[] {
  if (rows.length === 0) {
    return [];
  }
  return [
    style.palette.bold(heading),
    ...rows.flatMap((row, i) => indent(wrap(describe(row, i), style.width - 2))),
    ...(omitted === 0 ? [] : indent([style.palette.dim(`… ${formatCount(omitted)} more: --top`)])),
  ];
}

/** One stretch in which several waited for the same, in a sentence. */
export function describeConvoy(convoy: Convoy): string {
  const { resource, fromNs, toNs, isOpen, peakWaiters, waits, waitedNs, holder, handovers } = convoy;
  const behind = holder === undefined ? '' : ` behind ${nameNamed(holder)}`;
  const hands = handovers === 0 ? '' : `, taken ${formatPlural(handovers, 'time')} meanwhile`;
  return `${formatDuration(waitedNs)} in ${formatPlural(waits, 'wait')}, ${formatCount(peakWaiters)} at once${behind}, for ${nameBriefly(resource)}: from ${formatMoment(fromNs)} for ${formatDuration(toNs - fromNs)}${isOpen ? ', still going on' : ''}${hands}`;
}

function describeHold(
  { task, resource, sinceNs, heldNs, end, taken, released }: LongHold,
  style: TextStyle,
): string {
  const at = (what: string, path: readonly string[]) =>
    path.length === 0 ? '' : `; ${what} in ${namePath(path, style, 3)}`;
  return `${formatDuration(heldNs)}: ${nameNamed(task)} held ${nameBriefly(resource)} from ${formatMoment(sinceNs)}, ${nameHoldEnd(end)}${at('taken', taken)}${at('released', released)}`;
}

function describeWait(wait: WaitHistory, i: number): string {
  const { task, resource, sinceNs, waitNs, end, segments, omittedSegments } = wait;
  const changes = segments.length + omittedSegments;
  const last = segments.at(-1);
  const behind = last === undefined ? '' : `, at last behind ${nameChainEnd(last.end)}`;
  return `[${waitHandle(i)}] ${formatDuration(waitNs)}: ${nameNamed(task)} for ${nameBriefly(resource)} from ${formatMoment(sinceNs)}, ${nameWaitEnd(end)}${behind}${changes < 2 ? '' : `, ${formatPlural(changes, 'chain')}`}`;
}
