import type { Cycle, Edge, Verdict } from './result.ts';

/**
 * Why a cycle is only suspected, in plain words; empty for a deadlock. A deadlock needs every edge to be blocked by a
 * holder, not by the order of a queue, and known by better evidence than `unknown`; stacks alone do not make one.
 *
 * @param name how to print a tid
 */
export function findDoubts(edges: readonly Edge[], name: (tid: number) => string): string[] {
  const doubts: string[] = [];
  edges.forEach((edge, i) => {
    const { kind, id } = edge.resource;
    const waits = `${name(edge.waiter)} waits for ${kind} ${id}`;
    if (!edge.hard) {
      const queue = explainQueue(edge, edges[(i + 1) % edges.length]!, name);
      doubts.push(`${waits} behind ${nameOf(edge, name)} in the queue, not behind a holder${queue}`);
    }
    if (edge.evidence === 'unknown') {
      const why = edge.inferredFrom === undefined ? '' : ` (${edge.inferredFrom})`;
      doubts.push(`${waits}, but nothing shows that ${nameOf(edge, name)} holds it${why}`);
    }
  });
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

/** A queue moves as soon as the one ahead is served; who is in the cycle itself is not served while the cycle lasts. */
function explainQueue(edge: Edge, next: Edge, name: (tid: number) => string): string {
  const isSameLock = next.resource.kind === edge.resource.kind && next.resource.id === edge.resource.id;
  if (edge.mode !== 'read' || next.mode !== 'write' || !isSameLock) {
    return '';
  }
  const ahead = nameOf(edge, name);
  return `: ${ahead} asked first, to write, and is served first. But ${ahead} is in this cycle too, so the queue does not move by itself; only if ${ahead} gives up (a signal, a timeout) can ${name(edge.waiter)} go on`;
}

function nameOf({ blocker }: Edge, name: (tid: number) => string): string {
  return blocker === null ? 'anyone' : name(blocker);
}
