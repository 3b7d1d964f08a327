import { findComponents } from '../find-components.ts';
import type { OrderGraph, OrderLink, OrderNode } from './order-links.ts';
import { addRelation, isPossible, type Relations, START } from './relations.ts';

export interface OrderCircles {
  /** Each as its links: every one wants what the next one holds, the last what the first one holds. */
  readonly circles: readonly (readonly OrderLink[])[];
  /** Circles that cannot close, since all of their orders were only seen under one lock held alone. */
  readonly gated: number;
  /** More were found than are listed, or so many orders hang together that some were not looked at. */
  readonly cut: boolean;
}

/** A person reads a few, and corrects one order at a time. */
const MAX_CIRCLES = 64;
/** Longer ones need as many tasks at the same time. */
const MAX_LENGTH = 8;
/** Orders looked at of one knot: each asks for a search. */
const MAX_LINKS_OF_KNOT = 4096;

/**
 * Circles of the order graph, one for each order that turns others round: orders are taken in from the most often seen to
 * the rarest, and one that would close a circle is told, with the shortest circle that it closes, and left out. So one
 * wrong order makes one circle, however many others it contradicts.
 */
export function findOrderCircles(graph: OrderGraph): OrderCircles {
  const outOf: number[][] = graph.nodes.map(() => []);
  for (const { from, to } of graph.links) {
    outOf[from]!.push(to);
  }
  const found = new CircleSearch(graph.nodes);
  const byKnot = groupByKnot(graph, findComponents(outOf, graph.nodes.keys()).of);
  for (const links of byKnot) {
    found.searchKnot(links);
  }
  return found;
}

/** Links between nodes of one component, by component. */
function groupByKnot({ links }: OrderGraph, of: Int32Array): Iterable<OrderLink[]> {
  const groups = new Map<number, OrderLink[]>();
  for (const link of links) {
    const component = of[link.from]!;
    if (component === of[link.to]) {
      const group = groups.get(component);
      group === undefined ? groups.set(component, [link]) : group.push(link);
    }
  }
  return groups.values();
}

class CircleSearch implements OrderCircles {
  readonly circles: (readonly OrderLink[])[] = [];
  gated = 0;
  cut = false;
  readonly #nodes: readonly OrderNode[];
  /** Links taken in so far, by the node that they lead from. */
  readonly #outOf = new Map<number, OrderLink[]>();
  readonly #rings = new Set<string>();
  readonly #ids = new Map<OrderLink, number>();

  constructor(nodes: readonly OrderNode[]) {
    this.#nodes = nodes;
  }

  searchKnot(links: readonly OrderLink[]): void {
    const ordered = orderByCount(links);
    this.cut ||= ordered.length > MAX_LINKS_OF_KNOT;
    for (const link of ordered.slice(0, MAX_LINKS_OF_KNOT)) {
      const circle = this.#closeCircle(link);
      if (circle === undefined) {
        this.#takeIn(link);
      } else if (isGated(circle)) {
        this.gated++;
        this.#takeIn(link);
      } else {
        this.#keep(circle);
      }
    }
  }

  #takeIn(link: OrderLink): void {
    const known = this.#outOf.get(link.from);
    if (known === undefined) {
      this.#outOf.set(link.from, [link]);
    } else {
      known.push(link);
    }
  }

  /** Variants of the same orders make the same circle. */
  #keep(circle: readonly OrderLink[]): void {
    const ring = ringKey(circle.map(({ from }) => String(from)));
    if (this.#rings.has(ring)) {
      return;
    }
    this.#rings.add(ring);
    if (this.circles.length < MAX_CIRCLES) {
      this.circles.push(circle);
    } else {
      this.cut = true;
    }
  }

  /** The shortest circle of this link and links taken in; breadth first over links, since each bears on the next. */
  #closeCircle(closing: OrderLink): OrderLink[] | undefined {
    const first: Step = { link: closing, relations: addRelation(START, closing.edge.relation), length: 1 };
    const queue: Step[] = [first];
    const seen = new Set<number>();
    const isLoop = closing.from === closing.to;
    for (let step = queue[0], i = 0; step !== undefined; step = queue[++i]) {
      for (const link of this.#outOf.get(step.link.to) ?? []) {
        // Two of one class, taken in both directions, are a circle of their own.
        if (!this.#blocks(step.link, link) || (isLoop && link.to !== link.from)) {
          continue;
        }
        const next: Step = {
          link,
          relations: addRelation(step.relations, link.edge.relation),
          length: step.length + 1,
          before: step,
        };
        if (link.to === closing.from && isPossible(next.relations) && this.#blocks(link, closing)) {
          return pathOf(next);
        }
        const key = this.#idOf(link) * 32 + next.relations;
        if (next.length < MAX_LENGTH && !seen.has(key) && !visits(step, link.to)) {
          seen.add(key);
          queue.push(next);
        }
      }
    }
    return undefined;
  }

  #idOf(link: OrderLink): number {
    const id = this.#ids.get(link) ?? this.#ids.size;
    this.#ids.set(link, id);
    return id;
  }

  /** Whether who wants the class in the one link has to wait for who holds it in the other. */
  #blocks(wanting: OrderLink, holding: OrderLink): boolean {
    return !(wanting.edge.wantedRead && holding.edge.heldRead) || this.#nodes[wanting.to]!.readersQueue;
  }
}

interface Step {
  readonly link: OrderLink;
  readonly relations: Relations;
  readonly length: number;
  readonly before?: Step;
}

function visits(last: Step, node: number): boolean {
  let step: Step | undefined = last;
  while (step !== undefined && step.link.from !== node) {
    step = step.before;
  }
  return step !== undefined || last.link.to === node;
}

function pathOf(last: Step): OrderLink[] {
  const path: OrderLink[] = [];
  for (let step: Step | undefined = last; step !== undefined; step = step.before) {
    path.push(step.link);
  }
  return path.reverse();
}

/** The most often seen pair of classes first, each with its variants; of equal ones that seen first. */
function orderByCount(links: readonly OrderLink[]): OrderLink[] {
  const counts = new Map<string, number>();
  const pair = ({ from, to }: OrderLink): string => `${from} ${to}`;
  for (const link of links) {
    counts.set(pair(link), (counts.get(pair(link)) ?? 0) + link.count);
  }
  return links.toSorted(
    (a, b) => counts.get(pair(b))! - counts.get(pair(a))! || a.witness.tsNs - b.witness.tsNs,
  );
}

/** Two tasks cannot be in the circle at once if each would have to hold the same lock alone. */
function isGated(circle: readonly OrderLink[]): boolean {
  const [first, ...others] = circle;
  return first!.edge.gates.some((gate) => others.every(({ edge }) => edge.gates.includes(gate)));
}

/** The same for a circle wherever it begins. */
export function ringKey(names: readonly string[]): string {
  const [least] = names.toSorted();
  const turns = names.flatMap((name, i) =>
    name === least ? [[...names.slice(i), ...names.slice(0, i)].join('\0')] : [],
  );
  return turns.sort()[0] ?? '';
}
