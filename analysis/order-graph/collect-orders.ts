import { ALLOC_FUNCTIONS, type CaptureInfo, NONE, type TraceTables } from '../../src/trace/index.ts';
import { resourceKey } from '../handles.ts';
import type { OrderLink as DescribedLink, LockOrder } from '../lock-orders.ts';
import type { Cycle, ResourceRef } from '../result.ts';
import { findOrderCircles, ringKey } from './find-order-circles.ts';
import { findIgnored, type IgnoredOrder } from './ignored-orders.ts';
import type { OrderCollector } from './order-collector.ts';
import { buildOrderGraph, type OrderLink, type OrderNode } from './order-links.ts';

/** What the search for circles of orders left aside. */
export interface OrderSummary {
  /** Circles left aside by the reader's own word. */
  readonly ignored: readonly { readonly classes: readonly string[]; readonly reason: string }[];
  /** Circles that cannot close: all their orders were seen only under one and the same lock. */
  readonly gated: number;
  /** There are more circles, or so many locks or orders that some were not looked at. */
  readonly cut: boolean;
}

export interface CollectedOrders {
  readonly potential: readonly LockOrder[];
  /** Left out if nothing was left aside. */
  readonly summary?: OrderSummary;
}

/**
 * Orders seen in a capture that could close a circle. One that is closed is in `cycles` and not said again.
 *
 * @param ignored orders to be left aside, and counted
 */
export function collectOrders(
  collector: OrderCollector,
  info: CaptureInfo,
  tables: TraceTables,
  cycles: readonly Cycle[],
  ignored: readonly IgnoredOrder[],
): CollectedOrders {
  // Scripts tell holds because somebody waits; who writes a trace of everything, ends included, has none.
  const graph = buildOrderGraph(collector, (info.scripts?.length ?? 0) > 0);
  const { circles, gated, cut } = findOrderCircles(graph);
  const closed = new Set(cycles.map((cycle) => ringOfCycle(cycle, collector)));
  const left: { classes: readonly string[]; reason: string }[] = [];
  const potential: LockOrder[] = [];
  for (const circle of circles) {
    const classes = circle.map(({ from }) => graph.nodes[from]!.name);
    const ignoring = findIgnored(classes, ignored);
    if (closed.has(ringKey(classes))) {
      continue;
    }
    if (ignoring !== undefined) {
      left.push({ classes, reason: ignoring.reason });
    } else {
      potential.push(describeCircle(circle, classes, graph.nodes, tables));
    }
  }
  const wasFull = collector.edges.leftOut > 0 || collector.classes.leftOut > 0;
  const summary = { ignored: left, gated, cut: cut || wasFull };
  const isNews = left.length > 0 || gated > 0 || summary.cut;
  return { potential, ...(isNews && { summary }) };
}

/**
 * Each waiter of a cycle holds what the one before it wants, so its resources are the circle of classes; of a queue for one
 * lock, that lock once.
 */
function ringOfCycle({ edges }: Cycle, { classes }: OrderCollector): string {
  return ringKey(
    edges
      .filter(({ resource }, i) => resourceKey(resource) !== resourceKey(edges.at(i - 1)!.resource))
      .map(({ resource: { kind, id, label } }) => classes.nameOf(kind, id, label) ?? `${kind} ${id}`),
  );
}

function describeCircle(
  circle: readonly OrderLink[],
  classes: readonly string[],
  nodes: readonly OrderNode[],
  tables: TraceTables,
): LockOrder {
  return {
    source: 'trace',
    report: 'circular',
    title:
      circle.length === 2
        ? 'two orders that contradict each other'
        : `${circle.length} orders that make a circle`,
    classes,
    links: circle.map((link) => describeLink(link, nodes, tables)),
  };
}

function describeLink(
  { from, to, count, witness }: OrderLink,
  nodes: readonly OrderNode[],
  tables: TraceTables,
): DescribedLink {
  const { tid, tsNs, heldResource, heldStack, wantedResource, stack, fn } = witness;
  const { stacks } = tables;
  const why = fn === NONE ? undefined : explainAllocation(ALLOC_FUNCTIONS[fn]!, nodes[to]!);
  return {
    held: nodes[from]!.name,
    wanted: nodes[to]!.name,
    stack: stacks.get(stack),
    ...(heldStack !== NONE && { heldStack: stacks.get(heldStack) }),
    task: tid,
    tsNs,
    count,
    ...(heldResource !== NONE && { heldResource: refOf(heldResource, tables) }),
    ...(wantedResource !== NONE && { wantedResource: refOf(wantedResource, tables) }),
    ...(why !== undefined && { why }),
  };
}

function explainAllocation(fn: string, { kind }: OrderNode): string {
  const waits =
    kind === 'folio_writeback' ? ', and reclaim for a memory cgroup (v1) waits for any writeback' : '';
  return `${fn}() may reclaim memory${waits}`;
}

function refOf(resource: number, { resources }: TraceTables): ResourceRef {
  const label = resources.label(resource);
  return {
    kind: resources.kind(resource),
    id: resources.id(resource),
    ...(label !== undefined && { label }),
  };
}
