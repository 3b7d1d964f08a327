import { resourceKey } from '../../../analysis/handles.ts';
import type { Analysis, Chain, Edge, ResourceRef } from '../../../analysis/result.ts';
import { formatPlural } from '../format.ts';

/** The wait-for graph as it is drawn: nodes by their position, edges waiter → resource → blocker. */
export interface WaitGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Cycles and chains of the analysis that are not drawn, and open waits that the analysis does not list. */
  readonly omitted: { readonly cycles: number; readonly chains: number; readonly waits: number };
}

export type GraphNode = (
  | { readonly type: 'task'; readonly tid: number }
  | { readonly type: 'resource'; readonly resource: ResourceRef }
  /** Whom nobody knows. */
  | { readonly type: 'nobody' }
  | { readonly type: 'device' }
) & { readonly inCycle: boolean };

/** One half of an edge of the analysis: `wait` to the resource, `hold` from there to the blocker. */
export interface GraphEdge {
  readonly type: 'wait' | 'hold';
  readonly from: number;
  readonly to: number;
  readonly edge: Edge;
  readonly inCycle: boolean;
}

/** More is no picture any more. */
const MOST_EDGES = 80;

/**
 * Cycles first, then the chains with the longest waits, as many as make a picture; at least one of them. A resource with
 * several blockers (a holder, and tasks ahead in its queue) is a node for each, so that who waits behind whom stays clear.
 */
export function collectWaitGraph(analysis: Analysis): WaitGraph {
  const builder = new GraphBuilder();
  const cycles = takeWhole(analysis.cycles, ({ edges }) => builder.add(edges, true));
  const chains = takeWhole(analysis.chains, (chain) => builder.add(newLinks(chain, analysis), false));
  return {
    nodes: builder.nodes,
    edges: builder.edges,
    omitted: {
      cycles: analysis.cycles.length - cycles,
      chains: analysis.chains.length - chains,
      waits: analysis.omittedChains,
    },
  };
}

/** @returns how many were added before the graph was full */
function takeWhole<T>(all: readonly T[], add: (one: T) => boolean): number {
  const full = all.findIndex((one) => !add(one));
  return full < 0 ? all.length : full;
}

/** A chain that ends in a cycle goes on along it. */
function newLinks({ links, cycle }: Chain, { cycles }: Analysis): readonly Edge[] {
  const members = new Set(cycle === undefined ? [] : cycles[cycle]!.tasks);
  return links.filter(({ waiter }) => !members.has(waiter));
}

class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #drawn = new Set<string>();

  /** false: there is no room for these. */
  add(edges: readonly Edge[], inCycle: boolean): boolean {
    if (this.edges.length > 0 && this.edges.length + 2 * edges.length > MOST_EDGES) {
      return false;
    }
    for (const edge of edges) {
      this.#addEdge(edge, inCycle);
    }
    return true;
  }

  #addEdge(edge: Edge, inCycle: boolean): void {
    const { waiter, resource } = edge;
    const blocker = describeBlocker(edge, inCycle);
    const instance = `${edge.blocker} ${blocker.type} ${resourceKey(resource)}`;
    const from = this.#node(`task ${waiter}`, { type: 'task', tid: waiter, inCycle });
    const at = this.#node(`resource ${instance}`, { type: 'resource', resource, inCycle });
    // Holders that nobody knows need not be the same, nor devices.
    const key = blocker.type === 'task' ? `task ${edge.blocker}` : `end ${instance}`;
    const to = this.#node(key, blocker);
    this.#connect({ type: 'wait', from, to: at, edge, inCycle });
    this.#connect({ type: 'hold', from: at, to, edge, inCycle });
  }

  #node(key: string, node: GraphNode): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      return known;
    }
    this.#byKey.set(key, this.nodes.length);
    return this.nodes.push(node) - 1;
  }

  #connect(edge: GraphEdge): void {
    const key = `${edge.from} ${edge.to}`;
    if (!this.#drawn.has(key)) {
      this.#drawn.add(key);
      this.edges.push(edge);
    }
  }
}

function describeBlocker({ blocker, io }: Edge, inCycle: boolean): GraphNode {
  if (io || blocker === null) {
    return { type: io ? 'device' : 'nobody', inCycle: false };
  }
  return { type: 'task', tid: blocker, inCycle };
}

/** What is not in the drawing, in a line; none if there is nothing. */
export function describeOmitted({ omitted }: WaitGraph): string[] {
  const said = [
    ...(omitted.cycles > 0 ? [formatPlural(omitted.cycles, 'cycle')] : []),
    ...(omitted.chains > 0 ? [formatPlural(omitted.chains, 'chain')] : []),
    ...(omitted.waits > 0 ? [`${formatPlural(omitted.waits, 'open wait')} in none of them`] : []),
  ];
  return said.length === 0 ? [] : [`not drawn: ${said.join(', ')}`];
}
