import type { Evidence } from '../src/trace/index.ts';
import { functionName, scoreFrames } from './match-frames.ts';
import type { Edge, SignatureMatch } from './result.ts';
import type { Signature, SignatureRole } from './signature.ts';

/** Edges say what a deadlock is, frames only where in the kernel it was met. */
const EDGE_WEIGHT = 0.6;
const FRAME_WEIGHT = 1 - EDGE_WEIGHT;

/** The right edges without any stack are just enough. */
export const MATCH_THRESHOLD = 0.6;

const EVIDENCE_WEIGHT: Readonly<Record<Evidence, number>> = {
  traced: 1,
  'owner-field': 1,
  'released-later': 0.9,
  stack: 0.9,
  unknown: 0.7,
};

/**
 * Signatures that a cycle is an instance of, best first.
 *
 * @param edges of the cycle, each leading to the next
 */
export function matchSignatures(edges: readonly Edge[], signatures: readonly Signature[]): SignatureMatch[] {
  return signatures
    .map((signature) => matchSignature(edges, signature))
    .filter((match) => match !== undefined)
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** The best of all ways to give the signature's roles to the cycle's tasks; undefined if none is good enough. */
export function matchSignature(edges: readonly Edge[], signature: Signature): SignatureMatch | undefined {
  const { roles } = signature;
  if (edges.length !== roles.length) {
    return undefined;
  }
  const stacks = edges.map(({ stack }) => stack.map(functionName));
  let best = { score: 0, turn: 0 };
  for (let turn = 0; turn < roles.length; turn++) {
    const score = scoreTurn(edges, stacks, roles, turn);
    best = score > best.score ? { score, turn } : best;
  }
  return best.score < MATCH_THRESHOLD ? undefined : describeMatch(edges, signature, best.score, best.turn);
}

/** Score of the assignment that gives role i to the task at position i + turn; 0 if a stack rules its role out. */
function scoreTurn(
  edges: readonly Edge[],
  stacks: readonly (readonly string[])[],
  roles: readonly SignatureRole[],
  turn: number,
): number {
  let score = 0;
  for (let i = 0; i < roles.length; i++) {
    const position = (i + turn) % edges.length;
    const role = roles[i]!;
    const stack = stacks[position]!;
    if (isRuledOut(stack, role)) {
      return 0;
    }
    const edge = scoreEdge(edges[position]!, role, roles[(i + 1) % roles.length]!);
    // Frames of a task that waits for something else are no sign of the role.
    score += edge === 0 ? 0 : EDGE_WEIGHT * edge + FRAME_WEIGHT * scoreFrames(stack, role.frames);
  }
  return Math.round((score / roles.length) * 1000) / 1000;
}

function isRuledOut(stack: readonly string[], { identifiedBy }: SignatureRole): boolean {
  return stack.length > 0 && identifiedBy !== undefined && !stack.some((name) => identifiedBy.includes(name));
}

function scoreEdge(edge: Edge, waiter: SignatureRole, holder: SignatureRole): number {
  const { kind, mode } = waiter.waits;
  const isOther = edge.resource.kind !== kind || holder.holds.kind !== kind;
  const isOtherMode = mode !== undefined && edge.mode !== undefined && edge.mode !== mode;
  return isOther || isOtherMode ? 0 : EVIDENCE_WEIGHT[edge.evidence];
}

function describeMatch(
  edges: readonly Edge[],
  { id, title, roles, sources, fix }: Signature,
  score: number,
  turn: number,
): SignatureMatch {
  const tids = roles.map(({ name }, i) => [name, edges[(i + turn) % edges.length]!.waiter] as const);
  return {
    id,
    title,
    score,
    roles: Object.fromEntries(tids),
    sources,
    ...(fix === undefined ? {} : { fix }),
  };
}
