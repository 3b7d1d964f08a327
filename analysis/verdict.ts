import type { Cycle, Edge, Verdict } from './result.ts';

/**
 * Why a cycle is only suspected, in plain words; empty for a deadlock. A deadlock needs every edge to be blocked by a
 * holder, not by the order of a queue, and known by better evidence than `unknown`; stacks alone do not make one.
 *
 * @param name how to print a tid
 */
export function findDoubts(edges: readonly Edge[], name: (tid: number) => string): string[] {
  const doubts: string[] = [];
  for (const edge of edges) {
    const { kind, id } = edge.resource;
    const waits = `${name(edge.waiter)} waits for ${kind} ${id}`;
    if (!edge.hard) {
      doubts.push(`${waits} behind ${nameOf(edge, name)} in the queue, not behind a holder`);
    }
    if (edge.evidence === 'unknown') {
      doubts.push(`${waits}, but nothing shows that ${nameOf(edge, name)} holds it`);
    }
  }
  if (edges.every(({ evidence }) => evidence === 'stack')) {
    doubts.push('every holder is inferred from blocked stacks; no acquisition or owner was seen');
  }
  return doubts;
}

/** A cycle outranks any hang: the other long waits are its victims or wait for something of their own. */
export function decideVerdict(
  cycles: readonly Cycle[],
  longestWaitNs: number,
  hangThresholdNs: number,
): Verdict {
  if (cycles.some(({ verdict }) => verdict === 'deadlock')) {
    return 'deadlock';
  }
  if (cycles.length > 0) {
    return 'suspected';
  }
  return longestWaitNs >= hangThresholdNs ? 'hang' : 'none';
}

function nameOf({ blocker }: Edge, name: (tid: number) => string): string {
  return blocker === null ? 'anyone' : name(blocker);
}
