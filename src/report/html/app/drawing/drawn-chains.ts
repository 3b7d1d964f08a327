import { resourceKey } from '../../../../../analysis/handles.ts';
import type { Chain, Edge } from '../../../../../analysis/result.ts';
import { formatDuration, formatPlural } from '../../../format.ts';
import { collectWaitGraph, describeOmitted, type WaitGraph } from '../../../graph/wait-graph.ts';
import { nameTasks } from '../../../wording.ts';
import type { PageModel } from '../model/page-model.ts';
import { bridgeGap, cutLong, type DrawnGraph, drawGraph, MOST_VICTIMS } from './drawn-graph.ts';

/** Tasks with a box of their own among those that wait for one thing behind one task; the rest have one together. */
const MOST_IN_QUEUE = 3;

/** What is drawn of the chains, and in a line what is not; undefined where nothing waits. */
export function drawChainsGraph(
  model: PageModel,
): { readonly graph: DrawnGraph; readonly notes: readonly string[] } | undefined {
  const { analysis } = model;
  const { chains, queues } = thinQueues(analysis.chains.filter(({ end }) => end !== 'cycle'));
  const cut = chains.map((chain) => ({ ...chain, links: cutLong(chain.links).edges }));
  const graph = collectWaitGraph({ ...analysis, cycles: [], chains: cut });
  if (graph.edges.length === 0) {
    return undefined;
  }
  const drawn = new Set(chains.slice(0, chains.length - graph.omitted.chains));
  const bridged = [...drawn].reduce(
    (all, { links }) => bridgeLinks(all, graph, links),
    drawGraph(graph, model),
  );
  const { shown = [], hidden = [] } = Object.groupBy(queues, ({ first }) =>
    drawn.has(first) ? 'shown' : 'hidden',
  );
  const omitted = hidden.reduce((sum, { rest }) => sum + rest.length, graph.omitted.chains);
  return {
    graph: shown.reduce((all, queue) => addQueue(all, graph, queue, model), bridged),
    notes: describeOmitted({ ...graph, omitted: { ...graph.omitted, chains: omitted } }),
  };
}

/** Chains that begin alike but for who waits. */
interface Queue {
  /** The longest of them. */
  readonly first: Chain;
  /** Those without a box of their own, longest first. */
  readonly rest: readonly Chain[];
}

/** A hundred boxes side by side hide the one below them that matters. */
function thinQueues(all: readonly Chain[]): { chains: readonly Chain[]; queues: readonly Queue[] } {
  const queues = [...Map.groupBy(all, queueKey).values()]
    .filter((queue) => queue.length > MOST_IN_QUEUE + 1)
    .map((queue) => ({ first: queue[0]!, rest: queue.slice(MOST_IN_QUEUE) }));
  const left = new Set(queues.flatMap(({ rest }) => rest));
  return { chains: all.filter((chain) => !left.has(chain)), queues };
}

function queueKey({ links: [link] }: Chain): string {
  const { resource, blocker, io, hard, evidence } = link!;
  return `${blocker} ${io} ${hard} ${evidence} ${resourceKey(resource)}`;
}

/** With a box for the tasks that were cut out of a long chain. */
function bridgeLinks(drawn: DrawnGraph, graph: WaitGraph, links: readonly Edge[]): DrawnGraph {
  const { edges, omitted } = cutLong(links);
  return omitted === 0 ? drawn : bridgeGap(drawn, graph, links, edges, omitted);
}

/** With a box for the rest of a queue, that leads to what all of them wait for. */
function addQueue(
  { nodes, edges }: DrawnGraph,
  graph: WaitGraph,
  { first, rest }: Queue,
  { analysis, resourceByKey }: PageModel,
): DrawnGraph {
  const { waiter, blocker, resource } = first.links[0]!;
  const wait = graph.edges.find(
    ({ type, edge }) => type === 'wait' && edge.waiter === waiter && edge.blocker === blocker,
  )!;
  const waiters = rest.map(({ links }) => links[0]!.waiter);
  const longestNs = rest.reduce((most, { links }) => Math.max(most, links[0]!.waitNs), 0);
  const lines = [formatPlural(rest.length, 'more task'), `for ${formatDuration(longestNs)} or less`];
  const handle = resourceByKey.get(resourceKey(resource))?.handle;
  const title = `${lines.join(' ')}: ${nameTasks(analysis.tasks, waiters, MOST_VICTIMS)}`;
  return {
    nodes: [...nodes, { type: 'victims', lines, inCycle: false, title, ...(handle && { handle }) }],
    edges: [...edges, { from: nodes.length, to: wait.to, label: '', style: 'more', inCycle: false }],
  };
}
