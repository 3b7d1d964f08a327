import { NONE } from '../src/trace/index.ts';
import { type Blocker, BlockerFinder, type BlockerSet } from './find-blockers.ts';
import type { InferredHolder } from './infer-from-stacks.ts';
import type { ReplayState } from './replay/replay.ts';

/** An open wait and what it is for. */
export interface OpenWait {
  /** Row in the wait table. */
  readonly row: number;
  readonly sinceNs: number;
  /** Set nodes of the graph. */
  readonly sets: readonly number[];
}

/**
 * The wait-for graph at the end of a capture. Its nodes are the waiting tasks, numbered 0 … taskCount-1 in order of
 * tid, and behind them the sets of blockers that waits share. Edges lead from a task to the sets its waits are for and
 * from a set to those of its members that wait themselves, so their number stays linear in waits and holds.
 */
export interface WaitGraph {
  readonly taskCount: number;
  readonly nodeCount: number;
  /** Tid of each task node. */
  readonly tids: readonly number[];
  /** Open waits of each task node, longest first. Only a task that spins inside another wait has several. */
  readonly waits: readonly (readonly OpenWait[])[];
  readonly nodeByTid: ReadonlyMap<number, number>;
  /** Members of each set; the set of node n is at n - taskCount. */
  readonly sets: readonly BlockerSet[];
  /** Successors of each node, ascending. */
  readonly links: readonly (readonly number[])[];
}

/** @param inferred holders that stacks imply, by the row of the wait */
export function buildWaitGraph(
  state: ReplayState,
  inferred: ReadonlyMap<number, readonly InferredHolder[]> = new Map(),
): WaitGraph {
  const rows = state.waits.openRows();
  const { tid } = state.waits.table;
  const tids = [...new Set(rows.map((row) => tid[row]!))].sort((a, b) => a - b);
  const nodeByTid = new Map(tids.map((tid, node) => [tid, node]));
  const numbering = new SetNumbering(tids.length);
  const waits = collectWaits(new BlockerFinder(state, inferred), state, rows, nodeByTid, numbering);
  const links: (readonly number[])[] = waits.map((open) => ascending(open.flatMap(({ sets }) => sets)));
  for (const set of numbering.sets) {
    links.push(
      ascending(set.map((blocker) => blockerNode(nodeByTid, blocker)).filter((node) => node !== NONE)),
    );
  }
  return {
    taskCount: tids.length,
    nodeCount: links.length,
    tids,
    waits,
    nodeByTid,
    sets: numbering.sets,
    links,
  };
}

/** The node of a blocker, or NONE if it is no task or does not wait. */
export function blockerNode(nodeByTid: ReadonlyMap<number, number>, { tid }: Blocker): number {
  return tid === undefined ? NONE : (nodeByTid.get(tid) ?? NONE);
}

function collectWaits(
  finder: BlockerFinder,
  state: ReplayState,
  rows: readonly number[],
  nodeByTid: ReadonlyMap<number, number>,
  numbering: SetNumbering,
): OpenWait[][] {
  const { tid, beginNs } = state.waits.table;
  const waits: OpenWait[][] = Array.from(nodeByTid, () => []);
  for (const row of rows) {
    const sets = finder.find(row).map((set) => numbering.nodeOf(set));
    waits[nodeByTid.get(tid[row]!)!]!.push({ row, sinceNs: beginNs[row]!, sets });
  }
  for (const open of waits) {
    open.sort((a, b) => a.sinceNs - b.sinceNs);
  }
  return waits;
}

/** Gives each distinct blocker set a node. */
class SetNumbering {
  readonly sets: BlockerSet[] = [];
  readonly #nodes = new Map<BlockerSet, number>();
  readonly #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  nodeOf(set: BlockerSet): number {
    let node = this.#nodes.get(set);
    if (node === undefined) {
      node = this.#first + this.sets.length;
      this.sets.push(set);
      this.#nodes.set(set, node);
    }
    return node;
  }
}

function ascending(nodes: readonly number[]): readonly number[] {
  return [...new Set(nodes)].sort((a, b) => a - b);
}
