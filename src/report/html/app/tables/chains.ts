import { chainHandle, resourceKey } from '../../../../../analysis/handles.ts';
import type { Chain } from '../../../../../analysis/result.ts';
import { formatCount, formatDuration } from '../../../format.ts';
import { describeUnlisted } from '../../../render-chain.ts';
import { nameBriefly, nameEnd, nameTask } from '../../../wording.ts';
import type { PageModel } from '../model/page-model.ts';
import { type Column, searchCells, type TableSpec, type Tone } from './table-spec.ts';

interface PlacedChain {
  readonly chain: Chain;
  readonly handle: string;
}

/** Tasks named of one chain. */
const MOST_NAMED = 6;

const END_TONES: Readonly<Record<Chain['end'], Tone | undefined>> = {
  cycle: 'bad',
  io: 'io',
  unknown: 'warn',
  running: undefined,
};

/** Whom each open wait leads to. */
export function chainsTable(model: PageModel): TableSpec<PlacedChain> {
  const { analysis } = model;
  const { tasks } = analysis;
  const columns: readonly Column<PlacedChain>[] = [
    { id: 'chain', heading: 'chain', text: ({ chain }) => nameSteps(chain, model), share: 3 },
    {
      id: 'for',
      heading: 'for',
      text: ({ chain }) => formatDuration(chain.waitNs),
      number: ({ chain }) => chain.waitNs,
      share: 0.7,
    },
    {
      id: 'links',
      heading: 'links',
      text: ({ chain }) => formatCount(chain.links.length),
      number: ({ chain }) => chain.links.length,
      share: 0.5,
    },
    {
      id: 'end',
      heading: 'end',
      text: ({ chain }) => nameEnd(chain, tasks),
      tone: ({ chain }) => END_TONES[chain.end],
      share: 2,
    },
    { id: 'handle', heading: 'handle', text: ({ handle }) => handle, share: 0.7 },
  ];
  return {
    id: 'chains',
    title: 'Wait chains',
    rows: analysis.chains.map((chain, i) => ({ chain, handle: chainHandle(i) })),
    columns,
    handle: ({ handle }) => handle,
    search: searchCells(columns, ({ chain }) =>
      chain.links.flatMap(({ waiter, resource, stack }) => [
        nameTask(tasks, waiter),
        nameBriefly(resource),
        resource.id,
        ...stack,
      ]),
    ),
    touches: ({ chain }, { tids, resources }) =>
      chain.links.some(({ waiter, resource }) => tids.has(waiter) || resources.has(resourceKey(resource))),
    notes: describeUnlisted(analysis),
    empty: 'No task waits for another one outside a cycle.',
  };
}

function nameSteps({ links }: Chain, { analysis: { tasks } }: PageModel): string {
  const shown = links.length > MOST_NAMED ? links.slice(0, MOST_NAMED - 1) : links;
  const names = shown.map(({ waiter }) => nameTask(tasks, waiter));
  const rest = links.length - shown.length;
  return [...names, ...(rest === 0 ? [] : [`${formatCount(rest)} more`])].join(' → ');
}
