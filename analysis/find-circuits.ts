/**
 * The elementary circuits through one node, by Johnson's algorithm with a stack of its own: the work between two
 * circuits is O(nodes + links), so a caller that stops after n of them is never caught in a dense graph.
 * A circuit is given as its nodes, beginning with `start`; each is found once.
 *
 * @param links successors of every node
 * @param within the nodes that a circuit may use
 */
export function* findCircuits(
  links: readonly (readonly number[])[],
  within: ReadonlySet<number>,
  start: number,
): Generator<number[]> {
  const blocks = new BlockedNodes(start);
  const path = [start];
  const nextLink = [0];
  const closed = [false];
  while (path.length > 0) {
    const node = path.at(-1)!;
    const next = links[node]![nextLink[nextLink.length - 1]!++];
    if (next === start) {
      closed[closed.length - 1] = true;
      yield path.slice();
    } else if (next !== undefined && within.has(next) && !blocks.has(next)) {
      blocks.add(next);
      path.push(next);
      nextLink.push(0);
      closed.push(false);
    } else if (next === undefined) {
      path.pop();
      nextLink.pop();
      const onCircuit = closed.pop()!;
      blocks.leave(node, onCircuit, links);
      if (onCircuit && closed.length > 0) {
        closed[closed.length - 1] = true;
      }
    }
  }
}

/** Nodes from which no way back to the start is free at the moment, and what has to happen for that to change. */
class BlockedNodes {
  readonly #blocked: Set<number>;
  /** Node → nodes to free together with it. */
  readonly #freedWith = new Map<number, Set<number>>();

  constructor(start: number) {
    this.#blocked = new Set([start]);
  }

  has(node: number): boolean {
    return this.#blocked.has(node);
  }

  add(node: number): void {
    this.#blocked.add(node);
  }

  /** The search is done with a node; if it lay on no circuit it stays blocked until a successor is freed. */
  leave(node: number, closed: boolean, links: readonly (readonly number[])[]): void {
    if (closed) {
      this.#free(node);
      return;
    }
    for (const next of links[node]!) {
      const freed = this.#freedWith.get(next);
      if (freed === undefined) {
        this.#freedWith.set(next, new Set([node]));
      } else {
        freed.add(node);
      }
    }
  }

  #free(first: number): void {
    const work = [first];
    for (let node = work.pop(); node !== undefined; node = work.pop()) {
      if (this.#blocked.delete(node)) {
        for (const freed of this.#freedWith.get(node) ?? []) {
          work.push(freed);
        }
        this.#freedWith.delete(node);
      }
    }
  }
}
