import { RECLAIM_BASES } from './classify-resource.ts';
import type { OrderCollector, SeenOrder } from './order-collector.ts';

/** An edge of the order graph between classes by name: labels that came late have made one class of several by then. */
export interface OrderLink extends SeenOrder {
  readonly from: number;
  readonly to: number;
}

export interface OrderNode {
  readonly name: string;
  readonly kind: string;
  /** A reader may have to wait for another reader: a writer that queues between them holds the second one back. */
  readonly readersQueue: boolean;
}

export interface OrderGraph {
  readonly nodes: readonly OrderNode[];
  readonly links: readonly OrderLink[];
}

/** Locks whose waiting writers hold back the readers that come after them. */
const FAIR_KINDS = ['rwsem', 'percpu_rwsem'];

/**
 * The graph of what was seen, and of what follows: an allocation that may wait for any writeback wants every class of
 * writeback that somebody was seen to have while he took something else, and wider reclaim waits for what narrower did.
 *
 * @param onlyProven see OrderCollector.orders()
 */
export function buildOrderGraph(collector: OrderCollector, onlyProven: boolean): OrderGraph {
  const { classes, anyWriteback } = collector;
  const names = new Map<string, number>();
  const nodes: { name: string; kind: string; readersQueue: boolean }[] = [];
  const nodeOf = Array.from({ length: classes.size }, (_, index) => {
    const { kind, isWritten } = classes.get(index);
    const name = classes.name(index);
    const key = `${kind}\0${name}`;
    const node = names.get(key) ?? nodes.length;
    names.set(key, node);
    nodes[node] ??= { name, kind, readersQueue: false };
    nodes[node].readersQueue ||= isWritten && FAIR_KINDS.includes(kind);
    return node;
  });
  const seen = Array.from(collector.orders(onlyProven), (order) => ({
    ...order,
    from: nodeOf[order.edge.held]!,
    to: nodeOf[order.edge.wanted]!,
  }));
  const any = nodeOf[anyWriteback]!;
  return { nodes, links: [...expandWriteback(nodes, seen, any), ...widenReclaim(nodes, seen)] };
}

function expandWriteback(nodes: readonly OrderNode[], links: readonly OrderLink[], any: number): OrderLink[] {
  const writers = new Set(links.map(({ from }) => from).filter((from) => isWriteback(nodes[from]!)));
  return links.flatMap((link) =>
    link.to !== any
      ? [link]
      : Array.from(writers, (to) => ({ ...link, to })).filter(({ from, to }) => from !== to),
  );
}

function isWriteback({ kind }: OrderNode): boolean {
  return kind === 'folio_writeback';
}

function widenReclaim(nodes: readonly OrderNode[], links: readonly OrderLink[]): OrderLink[] {
  const scopes = RECLAIM_BASES.map((base) => nodes.findIndex(({ name }) => name === base));
  return links.flatMap((link) => {
    const scope = scopes.indexOf(link.from);
    const wider = scope < 0 ? [] : scopes.slice(0, scope).filter((node) => node >= 0 && node !== link.to);
    return wider.map((from) => ({ ...link, from }));
  });
}
