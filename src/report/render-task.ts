import type { Analysis, Edge, TaskSummary } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { formatCount, formatDuration, formatPlural } from './format.ts';
import { wrapAfter } from './layout.ts';
import { decisiveFunction, trimStack, wholeStack } from './stack-text.ts';
import { indent, type TextStyle } from './style.ts';
import { nameKind, nameResource, nameTask, nameTasks, nameWanted } from './wording.ts';

/** Held resources that nobody in the report waits for are listed up to this many, else counted. */
const MOST_IDLE_HOLDS = 3;
const LABEL_WIDTH = 10;

/** What the report knows of one task, beside the edge that it waits on. */
export interface TaskView {
  readonly tid: number;
  /** Its own open wait, whose stack is printed. */
  readonly edge?: Edge;
  /** The edge is printed above the block already. */
  readonly edgeKnown?: boolean;
  /** Edges of others that it blocks. */
  readonly blocks: readonly Edge[];
  /** Its part in a matched signature. */
  readonly role?: string;
}

/** One task as a block: its name, what it waits for, holds and is doing, then its stack. */
export function renderTask(view: TaskView, analysis: Analysis, style: TextStyle): string[] {
  const task = analysis.tasks[view.tid];
  const width = style.width - 2;
  return [
    renderTaskName(view, analysis, style),
    ...indent([
      ...(view.edgeKnown ? [] : renderWait(view.edge, width)),
      ...renderHolds(view, analysis, style, width),
      ...renderAllocation(task, analysis, width),
      ...renderStack(view.edge?.stack ?? [], style),
    ]),
  ];
}

function renderTaskName(view: TaskView, analysis: Analysis, style: TextStyle): string {
  const pid = analysis.tasks[view.tid]?.pid;
  const process = pid === undefined || pid === view.tid ? '' : `, a thread of ${pid}`;
  const role = view.role === undefined ? '' : `, the ${escapeText(view.role)}`;
  const name = style.palette.bold(nameTask(analysis.tasks, view.tid));
  return `${name} ${style.palette.dim(`[t-${view.tid}]`)}${process}${role}`;
}

function renderWait(edge: Edge | undefined, width: number): string[] {
  return edge === undefined
    ? []
    : wrapAfter(label('waits for'), `${nameWanted(edge)}, for ${formatDuration(edge.waitNs)}`, width);
}

interface Held {
  readonly kind: string;
  readonly text: string;
  readonly wantedBy: readonly number[];
}

/** What others wait for comes first and one by one; of the rest, more than a few are only counted. */
function renderHolds(view: TaskView, analysis: Analysis, style: TextStyle, width: number): string[] {
  const held = collectHeld(view, analysis);
  const wanted = held.filter(({ wantedBy }) => wantedBy.length > 0);
  const idle = held.filter(({ wantedBy }) => wantedBy.length === 0);
  const lines = [
    ...wanted.map(({ text, wantedBy }) => `${text} ← ${nameTasks(analysis.tasks, wantedBy)} wants it`),
    ...(style.fullStacks || idle.length <= MOST_IDLE_HOLDS
      ? idle.map(({ text }) => text)
      : countKinds(idle).map((count) => `${count} that nobody here waits for`)),
  ];
  return lines.flatMap((line, i) => wrapAfter(label(i === 0 ? 'holds' : ''), line, width));
}

function countKinds(held: readonly Held[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of held) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${formatCount(count)} × ${nameKind(kind)}`);
}

function collectHeld(view: TaskView, analysis: Analysis): Held[] {
  const { endNs } = analysis.capture;
  const open = new Map(view.blocks.map((edge) => [`${edge.resource.kind}\0${edge.resource.id}`, edge]));
  const held = (analysis.tasks[view.tid]?.holds ?? []).map((hold): Held => {
    const key = `${hold.kind}\0${hold.id}`;
    const waiters = view.blocks.filter((edge) => `${edge.resource.kind}\0${edge.resource.id}` === key);
    open.delete(key);
    return {
      kind: hold.kind,
      text: `${nameResource(hold)}${describeHold(hold, endNs)}`,
      wantedBy: waiters.map((edge) => edge.waiter),
    };
  });
  // A holder named by the lock or by its stack was not seen taking anything: the edge is all there is.
  const inferred = [...open.values()].map((edge) => ({
    kind: edge.resource.kind,
    text: `${nameResource(edge.resource)}${edge.hold ? describeHold(edge.hold, endNs) : ' (not seen taking it)'}`,
    wantedBy: [edge.waiter],
  }));
  return [...held, ...inferred];
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

export function renderStack(frames: readonly string[], style: TextStyle): string[] {
  if (frames.length === 0) {
    return [`${label('stack')}not recorded`];
  }
  const { lines, omitted } = style.fullStacks ? wholeStack(frames) : trimStack(frames);
  const rest =
    omitted === 0 ? [] : [style.palette.dim(`… ${formatPlural(omitted, 'more frame')}: --full-stacks`)];
  return [...lines, ...rest].map((line, i) => label(i === 0 ? 'stack' : '') + line);
}

function label(text: string): string {
  return text.padEnd(LABEL_WIDTH);
}
