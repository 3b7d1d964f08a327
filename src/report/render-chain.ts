import { chainHandle } from '../../analysis/handles.ts';
import type { Analysis, Chain, Cycle } from '../../analysis/result.ts';
import { formatCount, formatDuration, formatPlural } from './format.ts';
import { wrap, wrapAfter } from './layout.ts';
import { renderEdges, renderInferences } from './render-edges.ts';
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
/** Different ways into a cycle, and tasks named along one, unless everything is asked for. */
const MOST_GROUPS = 12;
const MOST_PASSED = 4;

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
      ...renderInferences(chain.links.slice(0, most), analysis.tasks, width),
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

/** Which waits are in no chain of the report, and why. */
export function describeUnlisted({ omittedChains, filteredChains }: Analysis): string[] {
  return [
    ...(omittedChains === 0
      ? []
      : [`${formatPlural(omittedChains, 'more open wait')} not printed: --max-chains`]),
    ...(filteredChains === undefined
      ? []
      : [`${formatPlural(filteredChains, 'chain')} left out: not what was selected`]),
  ];
}

/**
 * Everyone who is stuck behind a cycle without being part of it, with their way into it; those with the same way together.
 */
export function renderVictims(
  cycle: Cycle,
  position: number,
  analysis: Analysis,
  style: TextStyle,
): string[] {
  const count = cycle.victims.length + (cycle.moreVictims ?? 0);
  if (count === 0) {
    return [];
  }
  const groups = [...groupVictims(position, analysis).values()];
  const most = style.fullStacks ? groups.length : MOST_GROUPS;
  const cut = groups.length - most;
  const noun = count === 1 ? 'task waits' : 'tasks wait';
  return [
    '',
    ...wrap(
      `Victims: ${formatCount(count)} ${noun} behind this cycle, and will not go on either`,
      style.width,
    ),
    ...groups.slice(0, most).flatMap((group) => renderGroup(group, analysis, style.width)),
    ...(cut > 0 ? [`  … ${formatPlural(cut, 'more chain')} into it: --full-stacks`] : []),
    ...(cycle.moreVictims === undefined
      ? []
      : [`  … ${formatPlural(cycle.moreVictims, 'more victim')}: --max-chains`]),
  ];
}

/** Chains into the cycle, by whom they pass after their first task. */
function groupVictims(position: number, analysis: Analysis): Map<string, PlacedChain[]> {
  const groups = new Map<string, PlacedChain[]>();
  for (const [index, chain] of analysis.chains.entries()) {
    if (chain.cycle === position) {
      const key = chain.links.map(({ blocker }) => blocker).join();
      const group = groups.get(key);
      group === undefined ? groups.set(key, [{ chain, index }]) : group.push({ chain, index });
    }
  }
  return groups;
}

function renderGroup(group: readonly PlacedChain[], analysis: Analysis, width: number): string[] {
  const { chain, index } = group[0]!;
  const waiters = group.map((victim) => victim.chain.links[0]!.waiter);
  const longest = formatDuration(chain.waitNs);
  const text = `behind ${nameWay(chain, analysis)}: ${nameTasks(analysis.tasks, waiters, 6)}; the longest for ${longest} [${chainHandle(index)}]`;
  return indent(wrap(`${formatPlural(group.length, 'task')} ${text}`, width - 2));
}

/** Whom a chain passes on its way into the cycle: `dd:501, behind app:412 of the cycle`. */
function nameWay({ links }: Chain, { tasks }: Analysis): string {
  const passed = links.flatMap(({ blocker }) => (blocker === null ? [] : [nameTask(tasks, blocker)]));
  const last = passed.pop();
  const shown =
    passed.length > MOST_PASSED
      ? [...passed.slice(0, MOST_PASSED - 1), `${passed.length - MOST_PASSED + 1} others`]
      : passed;
  return [...shown, `${last} of the cycle`].join(', behind ');
}
