import { NONE } from '../src/trace/index.ts';
import type { Blocker } from './find-blockers.ts';
import { type FoundCycles, isCyclic, type WaitLink } from './find-cycles.ts';
import type { Chain } from './result.ts';
import { blockerNode, type WaitGraph } from './wait-graph.ts';

export interface FoundChain {
  readonly links: readonly WaitLink[];
  readonly end: Chain['end'];
}

export interface FoundChains {
  /** Longest wait of the first link first. */
  readonly chains: readonly FoundChain[];
  /** Waiting tasks outside the cycles that are in none of these chains. */
  readonly omitted: number;
  /** Tid of a task in a cycle → how many tasks outside have chains that end at it. */
  readonly victims: ReadonlyMap<number, number>;
  /** Of each task of the graph that is in no cycle: the step with which a chain goes on from it. */
  readonly waysOn: readonly (WaitLink | undefined)[];
}

/**
 * Finds the wait chains outside the cycles. A chain begins at a task that nobody waits for, so that one chain tells
 * the story of everyone along it; tasks that no such chain passes begin one of their own. Where a wait has several
 * blockers the chain goes on with one that leads into a cycle, else with the one that has the longest way to go.
 * O(nodes + links + the length of the chains returned).
 *
 * @param maxChains keep those with the longest waits; 0 = all
 */
export function findChains(graph: WaitGraph, found: FoundCycles, maxChains: number): FoundChains {
  const routes = new Routes(graph, found);
  const starts = routes.starts().sort((a, b) => routes.oldestNs(a) - routes.oldestNs(b) || a - b);
  const kept = maxChains === 0 ? starts : starts.slice(0, maxChains);
  const covered = new Uint8Array(graph.taskCount);
  for (const start of kept) {
    routes.cover(start, covered);
  }
  const chains = kept
    .map((start) => routes.follow(start))
    .sort((a, b) => a.links[0]!.wait.sinceNs - b.links[0]!.wait.sinceNs);
  return {
    chains,
    omitted: routes.countUncovered(covered),
    victims: routes.countVictims(),
    waysOn: routes.waysOn,
  };
}

/** The one way on from each node outside the cycles, chosen from the far end back. */
class Routes {
  readonly #graph: WaitGraph;
  readonly #found: FoundCycles;
  /** Tasks outside the cycles, each after those it waits for. */
  readonly #tasks: number[] = [];
  /** Of a task node: its way on. Of a set node: the blocker to go on with. */
  readonly waysOn: (WaitLink | undefined)[];
  readonly #choice: (Blocker | undefined)[];
  readonly #depth: Int32Array;
  readonly #toCycle: Uint8Array;
  readonly #oldestNs: Float64Array;

  constructor(graph: WaitGraph, found: FoundCycles) {
    this.#graph = graph;
    this.#found = found;
    this.waysOn = new Array(graph.taskCount);
    this.#choice = new Array(graph.nodeCount);
    this.#depth = new Int32Array(graph.nodeCount);
    this.#toCycle = new Uint8Array(graph.nodeCount);
    this.#oldestNs = new Float64Array(graph.nodeCount).fill(Number.POSITIVE_INFINITY);
    for (const members of found.components.members) {
      for (const node of members) {
        this.#route(node);
      }
    }
  }

  /** Begin of the longest wait along the chain from a task. */
  oldestNs(task: number): number {
    return this.#oldestNs[task]!;
  }

  /** Tasks at which chains begin. */
  starts(): number[] {
    const waitedFor = new Uint8Array(this.#graph.nodeCount);
    for (let set = this.#graph.taskCount; set < this.#graph.nodeCount; set++) {
      for (const task of this.#graph.links[set]!) {
        waitedFor[task] = 1;
      }
    }
    const covered = new Uint8Array(this.#graph.taskCount);
    const starts: number[] = [];
    for (const wanted of [0, 1]) {
      for (let i = this.#tasks.length - 1; i >= 0; i--) {
        const task = this.#tasks[i]!;
        if (waitedFor[task] === wanted && covered[task] === 0) {
          starts.push(task);
          this.cover(task, covered);
        }
      }
    }
    return starts;
  }

  /** Marks the tasks along a chain, up to one that is marked already. */
  cover(start: number, covered: Uint8Array): void {
    for (let task = start; task !== NONE && covered[task] === 0; task = this.#after(task)) {
      covered[task] = 1;
    }
  }

  countUncovered(covered: Uint8Array): number {
    return this.#tasks.filter((task) => covered[task] === 0).length;
  }

  countVictims(): Map<number, number> {
    const endOf: (number | undefined)[] = new Array(this.#graph.taskCount);
    const counts = new Map<number, number>();
    for (const task of this.#tasks) {
      const { blocker } = this.waysOn[task]!;
      const next = blockerNode(this.#graph.nodeByTid, blocker);
      const end = next !== NONE && isCyclic(this.#found.components, next) ? blocker.tid : endOf[next];
      endOf[task] = end;
      if (end !== undefined) {
        counts.set(end, (counts.get(end) ?? 0) + 1);
      }
    }
    return counts;
  }

  follow(start: number): FoundChain {
    const links: WaitLink[] = [];
    for (let task = start; task !== NONE; task = this.#after(task)) {
      links.push(this.waysOn[task]!);
    }
    return { links, end: this.#endOf(links.at(-1)!.blocker) };
  }

  /** The next task of the chain; NONE where it ends, also at the first task of a cycle. */
  #after(task: number): number {
    const next = blockerNode(this.#graph.nodeByTid, this.waysOn[task]!.blocker);
    return next === NONE || isCyclic(this.#found.components, next) ? NONE : next;
  }

  #endOf(blocker: Blocker): Chain['end'] {
    if (blocker.io) {
      return 'io';
    }
    if (blocker.tid === undefined) {
      return 'unknown';
    }
    return blockerNode(this.#graph.nodeByTid, blocker) === NONE ? 'running' : 'cycle';
  }

  #route(node: number): void {
    if (node >= this.#graph.taskCount) {
      this.#routeSet(node);
    } else if (!isCyclic(this.#found.components, node)) {
      this.#routeTask(node);
      this.#tasks.push(node);
    }
  }

  #routeSet(node: number): void {
    const blockers = this.#graph.sets[node - this.#graph.taskCount]!;
    let chosen = blockers[0]!;
    let best = NONE;
    for (const blocker of blockers) {
      const next = blockerNode(this.#graph.nodeByTid, blocker);
      if (this.#isBetter(next, best)) {
        chosen = blocker;
        best = next;
      }
    }
    this.#choice[node] = chosen;
    this.#takeOver(node, best);
  }

  #routeTask(task: number): void {
    const waits = this.#graph.waits[task]!;
    let chosen = waits[0]!;
    let best = chosen.sets[0]!;
    for (const wait of waits) {
      for (const set of wait.sets) {
        if (this.#isBetter(set, best)) {
          chosen = wait;
          best = set;
        }
      }
    }
    this.waysOn[task] = { tid: this.#graph.tids[task]!, wait: chosen, blocker: this.#choice[best]! };
    this.#takeOver(task, best);
    this.#depth[task]!++;
    this.#oldestNs[task] = Math.min(this.#oldestNs[task]!, chosen.sinceNs);
  }

  #isBetter(node: number, than: number): boolean {
    if (node === NONE || than === NONE) {
      return node !== NONE;
    }
    const toCycle = this.#leadsToCycle(node) - this.#leadsToCycle(than);
    return toCycle > 0 || (toCycle === 0 && this.#depth[node]! > this.#depth[than]!);
  }

  #takeOver(node: number, from: number): void {
    if (from !== NONE) {
      this.#toCycle[node] = this.#leadsToCycle(from);
      this.#depth[node] = this.#depth[from]!;
      this.#oldestNs[node] = this.#oldestNs[from]!;
    }
  }

  #leadsToCycle(node: number): number {
    return isCyclic(this.#found.components, node) ? 1 : this.#toCycle[node]!;
  }
}
