import type { Analysis, Chain, Cycle, Edge } from '../../analysis/result.ts';
import { type CaptureStatusText, describeStatus } from './capture-status.ts';
import { escapeText } from './escape.ts';
import { formatCount, formatDuration, formatPlural, formatSize } from './format.ts';
import { clip, padEnd } from './layout.ts';
import type { Palette } from './palette.ts';
import { nameBriefly, nameTask } from './wording.ts';

/** What the screen of a live watch shows; durations in ns. */
export interface WatchView {
  readonly target: string;
  readonly kernelRelease?: string;
  readonly state: 'reaching' | 'watching' | 'lost';
  /** How long it has been in this state. */
  readonly stateNs: number;
  /** Until it ends by itself: `about 40 s left`. */
  readonly remaining?: string;
  /** Since the tracer's newest sign of life. */
  readonly silentNs?: number;
  readonly status?: CaptureStatusText;
  /** What is open now. */
  readonly analysis?: Analysis;
  readonly window: {
    readonly folder: string;
    readonly coveredNs: number;
    readonly sizeBytes: number;
  };
  /** The newest first. */
  readonly findings: readonly WatchedFinding[];
  /** The newest remark: a ring that failed, an attempt that did. */
  readonly note?: string;
}

export interface WatchedFinding {
  /** Wall clock, `12:34:56`. */
  readonly at: string;
  readonly verdict: 'deadlock' | 'suspected' | 'hang';
  readonly names: readonly string[];
  readonly signature?: string;
  /** It is over: why. */
  readonly over?: string;
}

export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

/** The tracer ticks five times a second; of a shorter silence there is nothing to say. */
const NOTABLE_SILENCE_NS = 2e9;
const MOST_FINDINGS = 4;
const MOST_REASONS = 3;
const AGE_WIDTH = 10;

/** The screen, line by line: no more of them than its height, none wider than its width. */
export function renderWatch(view: WatchView, { width, height }: ScreenSize, palette: Palette): string[] {
  const top = [...renderHead(view, width, palette), ...renderFindings(view, width, palette)];
  const bottom = renderFoot(view, width, palette);
  const room = Math.max(0, height - top.length - bottom.length);
  return [
    ...top,
    ...(view.state === 'watching' ? renderOpen(view.analysis, width, room, palette) : []),
    ...bottom,
  ].slice(0, height);
}

function renderHead(view: WatchView, width: number, palette: Palette): string[] {
  const { target, kernelRelease, remaining, status } = view;
  const kernel = kernelRelease === undefined ? '' : `  ${escapeText(kernelRelease)}`;
  const state = [describeState(view), remaining].filter((part) => part !== undefined).join(', ');
  const title = clip(`holdwait watch ${escapeText(target)}${kernel}  ${state}`, width);
  const isWell = view.state === 'watching' && (view.silentNs ?? 0) < NOTABLE_SILENCE_NS;
  const paint = isWell ? palette.bold : palette.warn;
  return [
    paint(title),
    clip(status === undefined ? NOTHING_SEEN[view.state] : describeStatus(status), width),
  ];
}

const NOTHING_SEEN = {
  reaching: 'nothing seen yet',
  watching: 'nothing seen yet',
  lost: 'nothing is seen of it',
} as const;

function describeState({ state, stateNs, silentNs = 0 }: WatchView): string {
  const time = formatDuration(Math.round(stateNs / 1e9) * 1e9);
  switch (state) {
    case 'reaching':
      return `reaching it, for ${time}`;
    case 'lost':
      return `LOST ${time} ago, trying again`;
    case 'watching':
      return silentNs >= NOTABLE_SILENCE_NS
        ? `NO SIGN OF LIFE for ${formatDuration(silentNs)}`
        : `watched for ${time}`;
  }
}

function renderFindings({ findings }: WatchView, width: number, palette: Palette): string[] {
  if (findings.length === 0) {
    return ['', palette.good(clip('No finding so far', width))];
  }
  const left = findings.length - MOST_FINDINGS;
  return [
    '',
    palette.bold(clip(`FINDINGS${left > 0 ? ` (the newest; ${formatCount(left)} before)` : ''}`, width)),
    ...findings.slice(0, MOST_FINDINGS).map((finding) => {
      const line = clip(describeFinding(finding), width);
      if (finding.over !== undefined) {
        return palette.dim(line);
      }
      return finding.verdict === 'deadlock' ? palette.bad(line) : palette.warn(line);
    }),
  ];
}

function describeFinding({ at, verdict, names, signature, over }: WatchedFinding): string {
  const who = names.map(escapeText).join(', ');
  const known = signature === undefined ? '' : ` ${escapeText(signature)}`;
  return `${at}  ${verdict.toUpperCase()}${known}: ${who}${over === undefined ? '' : ` (${over})`}`;
}

/** Waits by age and the chains they are in share the room; what finds none is counted. */
function renderOpen(analysis: Analysis | undefined, width: number, room: number, palette: Palette): string[] {
  const waits = analysis === undefined ? [] : listWaits(analysis);
  if (analysis === undefined || waits.length === 0) {
    return ['', palette.good(clip('No open wait', width))].slice(0, room);
  }
  const chains = [
    ...analysis.cycles.map((cycle) => describeCycle(cycle, analysis)),
    ...analysis.chains.map((chain) => describeChain(chain, analysis)),
  ];
  const half = Math.max(3, Math.floor(room / 2));
  const chainLines = renderList('CHAINS', chains, width, half, palette, analysis.omittedChains);
  const waitLines = renderList(
    'OPEN WAITS, the oldest first',
    waits.map((edge) => describeWait(edge, analysis)),
    width,
    room - chainLines.length,
    palette,
    0,
  );
  return [...waitLines, ...chainLines].slice(0, room);
}

function renderList(
  title: string,
  lines: readonly string[],
  width: number,
  room: number,
  palette: Palette,
  omitted: number,
): string[] {
  const most = Math.max(0, room - 2);
  const left = lines.length - most + omitted;
  const heading = left > 0 ? `${title} (${formatCount(left)} more)` : title;
  return [
    '',
    palette.bold(clip(heading, width)),
    ...lines.slice(0, most).map((line) => clip(line, width)),
  ].slice(0, room);
}

function listWaits({ cycles, chains }: Analysis): Edge[] {
  const edges = new Map<string, Edge>();
  for (const edge of [...cycles.flatMap((cycle) => cycle.edges), ...chains.flatMap((chain) => chain.links)]) {
    edges.set(`${edge.waiter} ${edge.resource.kind} ${edge.resource.id}`, edge);
  }
  return [...edges.values()].sort((a, b) => b.waitNs - a.waitNs);
}

/** Who holds it comes first: an address may be cut off at the edge. */
function describeWait(edge: Edge, { tasks }: Analysis): string {
  const age = padEnd(formatDuration(edge.waitNs), AGE_WIDTH);
  return `${age}  ${nameTask(tasks, edge.waiter)} → ${nameNext(edge, tasks)}: ${nameBriefly(edge.resource)}`;
}

function nameNext(edge: Edge, tasks: Analysis['tasks']): string {
  if (edge.io) {
    return 'I/O';
  }
  return edge.blocker === null ? '?' : nameTask(tasks, edge.blocker);
}

function describeChain({ links, end }: Chain, { tasks }: Analysis): string {
  const last = links.at(-1)!;
  const ends = { io: 'I/O', unknown: '?', running: '', cycle: 'a cycle' }[end];
  const names = links.map(({ waiter }) => nameTask(tasks, waiter));
  const blocker = last.blocker === null ? [] : [nameTask(tasks, last.blocker)];
  return [...names, ...blocker, ...(ends === '' ? [] : [ends])].join(' → ');
}

function describeCycle({ tasks, verdict }: Cycle, analysis: Analysis): string {
  const names = [...tasks, tasks[0]!].map((tid) => nameTask(analysis.tasks, tid));
  return `${verdict === 'deadlock' ? 'DEADLOCK' : 'cycle'}: ${names.join(' → ')}`;
}

function renderFoot({ analysis, window, note }: WatchView, width: number, palette: Palette): string[] {
  const { folder, coveredNs, sizeBytes } = window;
  const kept = `keeps ${formatDuration(coveredNs)}, ${formatSize(sizeBytes)} in ${escapeText(folder)}`;
  const byReason = Object.entries(analysis?.loss.byReason ?? {});
  const losses = byReason
    .slice(0, MOST_REASONS)
    .map(([reason, count]) => `${formatCount(count)} ${escapeText(reason)}`);
  const more =
    byReason.length > MOST_REASONS ? [formatPlural(byReason.length - MOST_REASONS, 'more reason')] : [];
  return [
    '',
    ...(byReason.length > 0 ? [palette.warn(clip(`LOST: ${[...losses, ...more].join(', ')}`, width))] : []),
    ...(note === undefined ? [] : [palette.warn(clip(escapeText(note), width))]),
    palette.dim(clip(kept, width)),
  ];
}
