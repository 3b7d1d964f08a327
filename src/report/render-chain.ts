import { chainHandle, cycleHandle } from '../../analysis/handles.ts';
import type { Analysis, Chain } from '../../analysis/result.ts';
import { formatDuration, formatPlural } from './format.ts';
import { wrap, wrapAfter } from './layout.ts';
import { renderEdges } from './render-edges.ts';
import { renderTask } from './render-task.ts';
import { indent, type TextStyle } from './style.ts';
import { nameEnd, nameTask, nameTasks } from './wording.ts';

/** A chain and its place in Analysis.chains, which its handle is made of. */
export interface PlacedChain {
  readonly chain: Chain;
  readonly index: number;
}

/** Links printed of one chain unless everything is asked for. */
const MOST_LINKS = 24;

/** One chain: how it ends, its edges, and the stack of the task at its end, which is where to look. */
export function renderChain(
  { chain, index }: PlacedChain,
  analysis: Analysis,
  style: TextStyle,
  withStack: boolean,
): string[] {
  const width = style.width - 2;
  const most = style.fullStacks ? chain.links.length : MOST_LINKS;
  const omitted = chain.links.length - most;
  const last = chain.links.at(-1)!;
  return [
    ...renderHeading({ chain, index }, analysis, style),
    ...indent([
      ...renderEdges(chain.links.slice(0, most), analysis.tasks, width).slice(1),
      ...(omitted > 0 ? [`… ${formatPlural(omitted, 'more link')}: --full-stacks`] : []),
      ...(withStack
        ? [
            '',
            ...renderTask({ tid: last.waiter, edge: last, blocks: [] }, analysis, {
              ...style,
              width,
            }),
          ]
        : []),
    ]),
  ];
}

function renderHeading({ chain, index }: PlacedChain, analysis: Analysis, style: TextStyle): string[] {
  const handle = `[${chainHandle(index)}]`;
  const length = formatPlural(chain.links.length, 'link');
  const text = `${formatDuration(chain.waitNs)}, ${length}, ${nameEnd(chain, analysis.tasks)}`;
  const [first, ...rest] = wrapAfter(`${handle} `, text, style.width);
  return [first!.replace(handle, () => style.palette.dim(handle)), ...rest];
}

/** Tasks that wait behind a cycle, grouped by the task of the cycle that they wait for in the end. */
export function renderVictims(
  victims: readonly PlacedChain[],
  analysis: Analysis,
  style: TextStyle,
): string[] {
  const groups = new Map<string, PlacedChain[]>();
  for (const victim of victims) {
    const key = `${victim.chain.cycle} ${victim.chain.links.at(-1)!.blocker}`;
    const group = groups.get(key);
    group === undefined ? groups.set(key, [victim]) : group.push(victim);
  }
  return [...groups.values()].flatMap((group) => renderGroup(group, analysis, style.width - 2));
}

function renderGroup(group: readonly PlacedChain[], analysis: Analysis, width: number): string[] {
  const { chain, index } = group[0]!;
  const waiters = group.map((victim) => victim.chain.links[0]!.waiter);
  const behind = chain.links.at(-1)!.blocker;
  const whom = behind === null ? 'the cycle' : nameTask(analysis.tasks, behind);
  const longest = formatDuration(chain.waitNs);
  const place = chain.cycle === undefined ? '' : ` of ${cycleHandle(chain.cycle)}`;
  const text = `behind ${whom}${place}: ${nameTasks(analysis.tasks, waiters, 6)}; the longest for ${longest} [${chainHandle(index)}]`;
  return indent(wrap(`${formatPlural(group.length, 'task')} ${text}`, width));
}
