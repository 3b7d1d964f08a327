import type { Blocker } from './find-blockers.ts';
import { findCircuits } from './find-circuits.ts';
import { type Components, findComponents } from './find-components.ts';
import { blockerNode, type OpenWait, type WaitGraph } from './wait-graph.ts';

/** One step of a chain or cycle: a task, one of its waits, and one of those the wait is for. */
export interface WaitLink {
  readonly tid: number;
  readonly wait: OpenWait;
  readonly blocker: Blocker;
}

export interface FoundCycles {
  /** Each distinct cycle once, from its smallest tid in the direction waiter → blocker. */
  readonly cycles: readonly (readonly WaitLink[])[];
  readonly components: Components;
  /** Some knot of tasks holds more cycles than are listed. */
  readonly cut: boolean;
}

/** Cycles listed of one knot of tasks. Their number grows exponentially, and a person reads the first few. */
const MAX_CYCLES_PER_COMPONENT = 64;

/** Parallel waits of one task give the same cycle of tasks again and again; they may not take the search for ever. */
const MAX_CIRCUITS_PER_COMPONENT = 4 * MAX_CYCLES_PER_COMPONENT;

/**
 * Finds the cycles of the wait-for graph in which no task and no resource appears twice. Longer closed walks, through
 * one resource several times, only join such cycles together. O(nodes + links) for each cycle listed.
 */
export function findCycles(graph: WaitGraph): FoundCycles {
  const components = findComponents(graph.links, Array(graph.nodeCount).keys());
  const cycles: (readonly WaitLink[])[] = [];
  let cut = false;
  for (const members of components.members) {
    if (members.length > 1) {
      const knot = findKnotCycles(graph, members);
      knot.cycles.forEach((cycle) => {
        cycles.push(cycle);
      });
      cut ||= knot.cut;
    }
  }
  return { cycles, components, cut };
}

/** Whether a node lies on some cycle. The graph has no loops of one node: a self-deadlock goes through its resource. */
export function isCyclic({ of, members }: Components, node: number): boolean {
  return members[of[node]!]!.length > 1;
}

function findKnotCycles(
  graph: WaitGraph,
  members: readonly number[],
): { cycles: (readonly WaitLink[])[]; cut: boolean } {
  const byTasks = new Map<string, readonly WaitLink[]>();
  let circuits = 0;
  for (const circuit of knotCircuits(graph, members)) {
    const links = circuitLinks(graph, circuit);
    const key = links.map(({ tid }) => tid).join();
    const known = byTasks.has(key);
    if (++circuits > MAX_CIRCUITS_PER_COMPONENT || (!known && byTasks.size === MAX_CYCLES_PER_COMPONENT)) {
      return { cycles: [...byTasks.values()], cut: true };
    }
    if (!known) {
      byTasks.set(key, links);
    }
  }
  return { cycles: [...byTasks.values()], cut: false };
}

/** Every circuit through the smallest task, then, without that task, through the smallest of what still hangs together. */
function* knotCircuits(graph: WaitGraph, members: readonly number[]): Generator<number[]> {
  const nodes = members.toSorted((a, b) => a - b);
  const links = localLinks(graph, nodes);
  const work: number[][] = [nodes.map((_, i) => i)];
  for (let part = work.pop(); part !== undefined; part = work.pop()) {
    const [start, ...rest] = part.sort((a, b) => a - b);
    for (const circuit of findCircuits(links, new Set(part), start!)) {
      yield circuit.map((i) => nodes[i]!);
    }
    for (const smaller of findComponents(links, rest).members) {
      if (smaller.length > 1) {
        work.push([...smaller]);
      }
    }
  }
}

/** Links between the given nodes only, by position: the search must not cost the size of the whole graph each time. */
function localLinks(graph: WaitGraph, nodes: readonly number[]): number[][] {
  const positions = new Map(nodes.map((node, i) => [node, i]));
  return nodes.map((node) =>
    graph.links[node]!.map((next) => positions.get(next)).filter((i) => i !== undefined),
  );
}

/** A circuit goes task, set, task, set, … and begins with a task because tasks have the smaller numbers. */
function circuitLinks(graph: WaitGraph, circuit: readonly number[]): WaitLink[] {
  const links: WaitLink[] = [];
  for (let i = 0; i < circuit.length; i += 2) {
    const next = circuit[(i + 2) % circuit.length]!;
    links.push(linkBetween(graph, circuit[i]!, circuit[i + 1]!, next));
  }
  return links;
}

function linkBetween(graph: WaitGraph, task: number, set: number, next: number): WaitLink {
  const wait = graph.waits[task]!.find(({ sets }) => sets.includes(set))!;
  const blocker = graph.sets[set - graph.taskCount]!.find(
    (member) => blockerNode(graph.nodeByTid, member) === next,
  )!;
  return { tid: graph.tids[task]!, wait, blocker };
}
