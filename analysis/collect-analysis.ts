import { type Loss, summariseLosses, type TraceRest, type TraceTables } from '../src/trace/index.ts';
import { EdgeDescriber } from './describe-edge.ts';
import { describeTasks } from './describe-tasks.ts';
import { type FoundChains, findChains } from './find-chains.ts';
import { type FoundCycles, findCycles, isCyclic, type WaitLink } from './find-cycles.ts';
import { inferHolders } from './infer-holders.ts';
import { decodeLockOrders, type LockOrder } from './lock-orders.ts';
import { matchOrder } from './match-order.ts';
import { matchSignatures } from './match-signature.ts';
import { collectOrders } from './order-graph/collect-orders.ts';
import type { IgnoredOrder } from './order-graph/ignored-orders.ts';
import type { OrderCollector } from './order-graph/order-collector.ts';
import type { ReplayState } from './replay/replay.ts';
import { ANALYSIS_SCHEMA, type Analysis, type Chain, type Cycle, type Edge } from './result.ts';
import type { Signature } from './signature.ts';
import { decideVerdict, findDoubts } from './verdict.ts';
import { buildWaitGraph, type WaitGraph } from './wait-graph.ts';
import { isEverything, selectsEdge, type WaitSelection } from './wait-times/selection.ts';
import type { WaitTimesCollector } from './wait-times/wait-times-collector.ts';

export interface CollectOptions {
  readonly hangThresholdNs: number;
  /** 0 = all. */
  readonly maxChains: number;
  readonly allEdges: boolean;
  readonly signatures: readonly Signature[];
  /** How many were played. */
  readonly events: number;
  /** undefined = not asked for. */
  readonly orders: OrderCollector | undefined;
  readonly ignoredOrders: readonly IgnoredOrder[];
  /** undefined = not asked for. */
  readonly times: WaitTimesCollector | undefined;
  /** Which chains are listed. */
  readonly selection: WaitSelection;
  /** `rest.endNs` is not the end of the capture. */
  readonly isCut: boolean;
}

/** Makes the result of what is open at `rest.endNs`: who waits for whom, in which chains and cycles. */
export function collectAnalysis(state: ReplayState, rest: TraceRest, options: CollectOptions): Analysis {
  const { hangThresholdNs, maxChains, signatures, selection, isCut } = options;
  const graph = buildWaitGraph(state, inferHolders(rest.info, state));
  const found = findCycles(graph);
  const foundChains = findChains(graph, found, isEverything(selection) ? maxChains : 0);
  const edges = new EdgeDescriber(state.tables, state.waits.table, rest.endNs);
  const described = collectCycles(state.tables, found.cycles, edges, signatures);
  const cycleIndex = new CycleIndex(graph, found, described);
  const allChains = collectChains(foundChains, edges, cycleIndex);
  const { chains, filtered, cut } = selectChains(allChains, selection, state.tables, maxChains);
  const cycles = addVictims(described, chains, foundChains, cycleIndex);
  const reported = decodeLockOrders(rest);
  const seen =
    options.orders && collectOrders(options.orders, rest.info, state.tables, cycles, options.ignoredOrders);
  const orders = [...reported.orders, ...(seen?.potential ?? [])];
  const allEdges = options.allEdges ? collectEdges(graph, found, foundChains, edges) : undefined;
  return {
    schema: ANALYSIS_SCHEMA,
    capture: {
      ...rest.info,
      events: options.events,
      endNs: rest.endNs,
      hangThresholdNs,
      ...(isCut ? { isCut } : {}),
    },
    loss: summariseLosses([...withAnomalies(rest, state), ...reported.losses]),
    verdict: decideVerdict(cycles, longestWaitNs(rest.endNs, graph), hangThresholdNs),
    cycles,
    ...(found.cut ? { moreCycles: true } : {}),
    chains,
    potential: orders.map((order) => ({ ...order, matches: matchOrder(order, signatures) })),
    ...(seen?.summary && { orders: seen.summary }),
    ...(allEdges && { edges: allEdges }),
    tasks: allEdges
      ? describeTasks(state, allEdges, listOthers(orders, state))
      : describeTasks(state, mentionedEdges(cycles, chains), reportedTasks(orders)),
    omittedChains: foundChains.omitted + cut + countUnlisted(graph, found, cycles),
    ...(filtered > 0 ? { filteredChains: filtered } : {}),
    ...(options.times && { waitTimes: options.times.result(rest.endNs) }),
    attachments: rest.attachments.map(({ name }) => name),
  };
}

function collectCycles(
  tables: TraceTables,
  found: readonly (readonly WaitLink[])[],
  edges: EdgeDescriber,
  signatures: readonly Signature[],
): Cycle[] {
  return found
    .map((links) =>
      describeCycle(
        tables,
        links.map((link) => edges.edge(link)),
        signatures,
      ),
    )
    .sort((a, b) => a.reasons.length - b.reasons.length || a.closedNs - b.closedNs);
}

function describeCycle(
  { tasks }: TraceTables,
  edges: readonly Edge[],
  signatures: readonly Signature[],
): Cycle {
  const reasons = findDoubts(edges, (tid) => tasks.name(tid));
  return {
    verdict: reasons.length === 0 ? 'deadlock' : 'suspected',
    reasons,
    tasks: edges.map(({ waiter }) => waiter),
    edges,
    closedNs: edges.reduce((latest, { sinceNs }) => Math.max(latest, sinceNs), 0),
    victims: [],
    matches: matchSignatures(edges, signatures),
  };
}

function collectChains({ chains }: FoundChains, edges: EdgeDescriber, cycleIndex: CycleIndex): Chain[] {
  return chains.map(({ links, end }) => {
    const described = links.map((link) => edges.edge(link));
    const cycle = end === 'cycle' ? { cycle: cycleIndex.of(described.at(-1)!.blocker!) } : {};
    return { waitNs: described[0]!.waitNs, links: described, end, ...cycle };
  });
}

/** The chains with a link that is about what is selected; how many others there are, and how many too many of these. */
function selectChains(
  all: readonly Chain[],
  selection: WaitSelection,
  { tasks }: TraceTables,
  maxChains: number,
): { chains: readonly Chain[]; filtered: number; cut: number } {
  if (isEverything(selection)) {
    return { chains: all, filtered: 0, cut: 0 };
  }
  const commOf = (tid: number) => tasks.latest(tid)?.comm;
  const selected = all.filter(({ links }) => links.some((edge) => selectsEdge(selection, edge, commOf)));
  const chains = maxChains === 0 ? selected : selected.slice(0, maxChains);
  return { chains, filtered: all.length - selected.length, cut: selected.length - chains.length };
}

/** Everyone whose chain ends in a cycle: by name those of the chains that are listed, the others as a number. */
function addVictims(
  cycles: readonly Cycle[],
  chains: readonly Chain[],
  { victims }: FoundChains,
  cycleIndex: CycleIndex,
): Cycle[] {
  const listed = cycles.map(() => new Set<number>());
  for (const { cycle, links } of chains) {
    for (const { waiter } of cycle === undefined ? [] : links) {
      listed[cycle!]!.add(waiter);
    }
  }
  const counts = cycles.map(() => 0);
  for (const [tid, count] of victims) {
    counts[cycleIndex.of(tid)]! += count;
  }
  return cycles.map((cycle, i) => {
    const more = counts[i]! - listed[i]!.size;
    return { ...cycle, victims: [...listed[i]!], ...(more > 0 ? { moreVictims: more } : {}) };
  });
}

/** Finds the listed cycle that a task is in, or at least one of the same knot if its own was left out. */
class CycleIndex {
  readonly #graph: WaitGraph;
  readonly #found: FoundCycles;
  readonly #byTid = new Map<number, number>();
  readonly #byComponent = new Map<number, number>();

  constructor(graph: WaitGraph, found: FoundCycles, cycles: readonly Cycle[]) {
    this.#graph = graph;
    this.#found = found;
    for (let i = cycles.length - 1; i >= 0; i--) {
      for (const tid of cycles[i]!.tasks) {
        this.#byTid.set(tid, i);
      }
      this.#byComponent.set(this.#componentOf(cycles[i]!.tasks[0]!), i);
    }
  }

  of(tid: number): number {
    return this.#byTid.get(tid) ?? this.#byComponent.get(this.#componentOf(tid))!;
  }

  #componentOf(tid: number): number {
    return this.#found.components.of[this.#graph.nodeByTid.get(tid)!]!;
  }
}

/** Tasks in a knot so dense that none of the cycles listed passes them. */
function countUnlisted(
  { taskCount }: WaitGraph,
  { components }: FoundCycles,
  cycles: readonly Cycle[],
): number {
  const listed = new Set(cycles.flatMap(({ tasks }) => tasks));
  let cyclic = 0;
  for (let task = 0; task < taskCount; task++) {
    cyclic += isCyclic(components, task) ? 1 : 0;
  }
  return cyclic - listed.size;
}

/** A wait whose end is missing is a record that the capture lost. */
function withAnomalies({ losses, endNs }: TraceRest, { waits }: ReplayState): readonly Loss[] {
  return waits.withoutEnd === 0
    ? losses
    : [...losses, { tsNs: endNs, count: waits.withoutEnd, reason: 'wait_without_end' }];
}

function longestWaitNs(endNs: number, { waits }: WaitGraph): number {
  return waits.reduce((longest, [first]) => Math.max(longest, endNs - first!.sinceNs), 0);
}

function reportedTasks(orders: readonly LockOrder[]): number[] {
  return orders
    .flatMap(({ task, links }) => [task, ...links.map((link) => link.task)])
    .filter((tid) => typeof tid === 'number');
}

/** The edges of the cycles, then one for each other open wait: that with which its chain goes on, else its first. */
function collectEdges(
  { tids, waits, sets, taskCount }: WaitGraph,
  { cycles }: FoundCycles,
  { waysOn }: FoundChains,
  edges: EdgeDescriber,
): Edge[] {
  const links = cycles.flat();
  const rows = new Set(links.map(({ wait }) => wait.row));
  for (const [task, open] of waits.entries()) {
    for (const wait of open) {
      const way = waysOn[task];
      if (!rows.has(wait.row)) {
        const blocker = sets[wait.sets[0]! - taskCount]![0]!;
        links.push(way?.wait === wait ? way : { tid: tids[task]!, wait, blocker });
      }
    }
  }
  return links.map((link) => edges.edge(link));
}

function* listOthers(orders: readonly LockOrder[], { holds }: ReplayState): Generator<number> {
  yield* reportedTasks(orders);
  for (const { tid } of holds.all()) {
    yield tid;
  }
}

function* mentionedEdges(cycles: readonly Cycle[], chains: readonly Chain[]): Generator<Edge> {
  for (const { edges } of cycles) {
    yield* edges;
  }
  for (const { links } of chains) {
    yield* links;
  }
}
