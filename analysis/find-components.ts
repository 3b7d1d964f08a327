import { NONE } from '../src/trace/index.ts';

/** Strongly connected components, each found after every component it leads to. */
export interface Components {
  /** Component of each node; NONE for nodes that were left out. */
  readonly of: Int32Array;
  /** Nodes of each component. */
  readonly members: readonly (readonly number[])[];
}

/**
 * Tarjan's algorithm with a stack of its own: a wait chain can be longer than the call stack. O(nodes + links).
 *
 * @param links successors of every node
 * @param nodes the nodes to look at; links to others are ignored
 */
export function findComponents(links: readonly (readonly number[])[], nodes: Iterable<number>): Components {
  const search = new ComponentSearch(links, nodes);
  return { of: search.of, members: search.members };
}

const LEFT_OUT = NONE;
const UNSEEN = 0;

class ComponentSearch {
  readonly of: Int32Array;
  readonly members: number[][] = [];
  readonly #links: readonly (readonly number[])[];
  /** Order of discovery, from 1. */
  readonly #order: Int32Array;
  readonly #low: Int32Array;
  readonly #nextLink: Int32Array;
  readonly #path: number[] = [];
  readonly #unassigned: number[] = [];
  #discovered = 0;

  constructor(links: readonly (readonly number[])[], nodes: Iterable<number>) {
    this.#links = links;
    this.of = new Int32Array(links.length).fill(NONE);
    this.#order = new Int32Array(links.length).fill(LEFT_OUT);
    this.#low = new Int32Array(links.length);
    this.#nextLink = new Int32Array(links.length);
    const chosen = [...nodes];
    for (const node of chosen) {
      this.#order[node] = UNSEEN;
    }
    for (const node of chosen) {
      this.#searchFrom(node);
    }
  }

  #searchFrom(root: number): void {
    if (this.#order[root] === UNSEEN) {
      this.#enter(root);
    }
    while (this.#path.length > 0) {
      const node = this.#path.at(-1)!;
      const next = this.#links[node]![this.#nextLink[node]!++];
      if (next === undefined) {
        this.#leave(node);
      } else if (this.#order[next] === UNSEEN) {
        this.#enter(next);
      } else if (this.#order[next] !== LEFT_OUT && this.of[next] === NONE) {
        this.#low[node] = Math.min(this.#low[node]!, this.#order[next]!);
      }
    }
  }

  #enter(node: number): void {
    this.#order[node] = ++this.#discovered;
    this.#low[node] = this.#discovered;
    this.#path.push(node);
    this.#unassigned.push(node);
  }

  #leave(node: number): void {
    this.#path.pop();
    const parent = this.#path.at(-1);
    if (parent !== undefined) {
      this.#low[parent] = Math.min(this.#low[parent]!, this.#low[node]!);
    }
    if (this.#low[node] === this.#order[node]) {
      this.#assign(node);
    }
  }

  #assign(root: number): void {
    const component: number[] = [];
    let node: number;
    do {
      node = this.#unassigned.pop()!;
      this.of[node] = this.members.length;
      component.push(node);
    } while (node !== root);
    this.members.push(component);
  }
}
