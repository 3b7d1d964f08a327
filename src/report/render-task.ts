import { resourceKey, taskHandle } from '../../analysis/handles.ts';
import type { Analysis, Edge, ResourceRef, TaskSummary } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { formatCount, formatDuration, formatPlural } from './format.ts';
import { clip, wrap, wrapAfter } from './layout.ts';
import { decisiveFunction, trimStack, wholeStack } from './stack-text.ts';
import { indent, type TextStyle } from './style.ts';
import { nameKind, nameResource, nameTask, nameTasks } from './wording.ts';

/** Held resources that nobody in the report waits for are listed up to this many, else counted. */
const MOST_IDLE_HOLDS = 2;
const LABEL_WIDTH = 10;

/** What the report knows of one task, beside the edge that it waits on. */
export interface TaskView {
  readonly tid: number;
  /** Its own open wait, whose stack is printed. */
  readonly edge?: Edge;
  /** Edges of others that it blocks. */
  readonly blocks: readonly Edge[];
  /** Its part in a matched signature. */
  readonly role?: string;
}

/** One task as a block below the edge it waits on: its name, what it holds and is doing, then its stack. */
export function renderTask(view: TaskView, analysis: Analysis, style: TextStyle): string[] {
  const task = analysis.tasks[view.tid];
  const width = style.width - 2;
  return [
    ...renderTaskName(view, analysis, style),
    ...indent([
      ...renderHolds(view, analysis, style, width),
      ...renderAllocation(task, analysis, width),
      ...renderStack(view.edge?.stack ?? [], style),
    ]),
  ];
}

function renderTaskName(view: TaskView, analysis: Analysis, style: TextStyle): string[] {
  const { bold, dim } = style.palette;
  const pid = analysis.tasks[view.tid]?.pid;
  const process = pid === undefined || pid === view.tid ? '' : `, a thread of ${pid}`;
  const role = view.role === undefined ? '' : `, in the role "${escapeText(view.role)}"`;
  const handle = `[${taskHandle(view.tid)}]`;
  const [first, ...rest] = wrap(
    `${nameTask(analysis.tasks, view.tid)} ${handle}${process}${role}`,
    style.width,
  );
  return [bold(first!.replace(handle, () => dim(handle))), ...rest];
}

/** Something that a task holds, in words, and who in the report waits for it. */
export interface Held {
  readonly resource: ResourceRef;
  readonly text: string;
  readonly wantedBy: readonly number[];
}

/** What others wait for comes first and one by one; of the rest, more than a few are only counted. */
function renderHolds(view: TaskView, analysis: Analysis, style: TextStyle, width: number): string[] {
  const held = collectHeld(view, analysis);
  const wanted = held.filter(({ wantedBy }) => wantedBy.length > 0);
  const idle = held.filter(({ wantedBy }) => wantedBy.length === 0);
  const lines = [
    ...wanted.map(({ text, wantedBy }) => `${text} ← wanted by ${nameTasks(analysis.tasks, wantedBy)}`),
    ...(style.fullStacks || idle.length <= MOST_IDLE_HOLDS
      ? idle.map(({ text }) => text)
      : countKinds(idle).map((count) => `${count} that nobody here waits for`)),
  ];
  return lines.flatMap((line, i) => wrapAfter(label(i === 0 ? 'holds' : ''), line, width));
}

function countKinds(held: readonly Held[]): string[] {
  const counts = new Map<string, number>();
  for (const { resource } of held) {
    counts.set(resource.kind, (counts.get(resource.kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${formatCount(count)} × ${nameKind(kind)}`);
}

/** What a task holds at the end of the capture: what it was seen taking, then what the waits of others say it has. */
export function collectHeld(view: TaskView, analysis: Analysis): Held[] {
  const { endNs } = analysis.capture;
  // Whom a queue's order blocks is blocked by someone who holds nothing of it; an I/O is the device's.
  const blocks = view.blocks.filter((edge) => edge.hard && !edge.io);
  const wanted = Map.groupBy(blocks, ({ resource }) => resourceKey(resource));
  const waitersFor = (key: string): number[] => (wanted.get(key) ?? []).map(({ waiter }) => waiter);
  const held = (analysis.tasks[view.tid]?.holds ?? []).map((hold): Held => {
    return {
      resource: hold,
      text: `${nameResource(hold)}${describeHold(hold, endNs)}`,
      wantedBy: waitersFor(resourceKey(hold)),
    };
  });
  const seen = new Set(held.map(({ resource }) => resourceKey(resource)));
  // A holder named by the lock or by its stack was not seen taking anything: the edge is all there is.
  const unseen = [...wanted].filter(([key]) => !seen.has(key));
  const inferred = unseen.map(([key, edges]) => {
    const { resource, hold } = edges[0]!;
    return {
      resource,
      text: `${nameResource(resource)}${hold ? describeHold(hold, endNs) : describeUnseen(view, edges[0]!)}`,
      wantedBy: waitersFor(key),
    };
  });
  return [...held, ...inferred];
}

/** Whoever waits for a lock and still keeps others from it does not have it. */
function describeUnseen({ tid, edge }: TaskView, blocked: Edge): string {
  const alsoWaits =
    edge !== undefined &&
    blocked.waiter !== tid &&
    resourceKey(edge.resource) === resourceKey(blocked.resource);
  return alsoWaits ? ' (does not have it yet, but lets no one else in)' : ' (not seen taking it)';
}

function describeHold(
  hold: { readonly sinceNs: number; readonly stack: readonly string[] },
  endNs: number,
): string {
  const where = decisiveFunction(hold.stack);
  return `, for ${formatDuration(endNs - hold.sinceNs)}${where === undefined ? '' : `, taken in ${where}`}`;
}

function renderAllocation(task: TaskSummary | undefined, analysis: Analysis, width: number): string[] {
  if (task?.allocation === undefined) {
    return [];
  }
  const { fn, sinceNs } = task.allocation;
  return wrapAfter(label('inside'), `${fn}, for ${formatDuration(analysis.capture.endNs - sinceNs)}`, width);
}

function renderStack(frames: readonly string[], style: TextStyle): string[] {
  if (frames.length === 0) {
    return [`${label('stack')}not recorded`];
  }
  const { lines, omitted } = style.fullStacks ? wholeStack(frames) : trimStack(frames);
  const room = style.fullStacks ? Number.POSITIVE_INFINITY : style.width - 2 - LABEL_WIDTH;
  const rest =
    omitted === 0 ? [] : [style.palette.dim(`… ${formatPlural(omitted, 'more frame')}: --full-stacks`)];
  return [...lines.map((line) => clip(line, room)), ...rest].map(
    (line, i) => label(i === 0 ? 'stack' : '') + line,
  );
}

function label(text: string): string {
  return text.padEnd(LABEL_WIDTH);
}
