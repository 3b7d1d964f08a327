import type { Evidence } from '../src/trace/index.ts';
import { functionName, scoreFrames } from './match-frames.ts';
import type { Edge, SignatureMatch } from './result.ts';
import type { ResourcePattern, Signature, SignatureRole } from './signature.ts';

/** Edges say what a deadlock is, frames only where in the kernel it was met. */
export const EDGE_WEIGHT = 0.6;
export const FRAME_WEIGHT = 1 - EDGE_WEIGHT;

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

/**
 * The best of all ways to give the signature's roles to the cycle's tasks; undefined if none is good enough. Where the kinds of the
 * resources say too little, as of a variant or a task that waits for itself, a frame or a lock's name has to say more.
 */
export function matchSignature(edges: readonly Edge[], signature: Signature): SignatureMatch | undefined {
  const { roles } = signature;
  if (edges.length !== roles.length) {
    return undefined;
  }
  const stacks = edges.map(({ stack }) => stack.map(functionName));
  const isVague = roles.length === 1 || signature.variantOf !== undefined;
  let best = { score: 0, turn: 0 };
  for (let turn = 0; turn < roles.length; turn++) {
    const score =
      !isVague || isIdentified(edges, stacks, roles, turn) ? scoreTurn(edges, stacks, roles, turn) : 0;
    best = score > best.score ? { score, turn } : best;
  }
  return best.score < MATCH_THRESHOLD ? undefined : describeMatch(edges, signature, best.score, best.turn);
}

/**
 * Score of the assignment that gives role i to the task at position i + turn; 0 if what one of them waits for, or its
 * stack, rules its role out.
 */
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
    if (edge === 0) {
      return 0;
    }
    score += EDGE_WEIGHT * edge + FRAME_WEIGHT * scoreFrames(stack, role.frames);
  }
  return Math.round((score / roles.length) * 1000) / 1000;
}

function isRuledOut(stack: readonly string[], { identifiedBy }: SignatureRole): boolean {
  return stack.length > 0 && identifiedBy !== undefined && !stack.some((name) => identifiedBy.includes(name));
}

/** Whether a known frame or the name of a lock, and not only the kinds of the resources, speaks for the assignment. */
function isIdentified(
  edges: readonly Edge[],
  stacks: readonly (readonly string[])[],
  roles: readonly SignatureRole[],
  turn: number,
): boolean {
  return roles.some(({ identifiedBy, waits }, i) => {
    const position = (i + turn) % edges.length;
    const { label } = edges[position]!.resource;
    return (
      stacks[position]!.some((name) => identifiedBy?.includes(name)) ||
      (label !== undefined && waits.name !== undefined && isNamed(label, waits))
    );
  });
}

function scoreEdge(edge: Edge, waiter: SignatureRole, holder: SignatureRole): number {
  const { kind, mode } = waiter.waits;
  const { label } = edge.resource;
  const isOther = edge.resource.kind !== kind || holder.holds.kind !== kind;
  const isOtherMode = mode !== undefined && edge.mode !== undefined && edge.mode !== mode;
  const isOtherLock = label !== undefined && !(isNamed(label, waiter.waits) && isNamed(label, holder.holds));
  return isOther || isOtherMode || isOtherLock ? 0 : EVIDENCE_WEIGHT[edge.evidence];
}

/** Whether a label may be that of the pattern's resource: `inode.i_rwsem of inode 13` is of `inode.i_rwsem`. */
export function isNamed(label: string, { name }: Pick<ResourcePattern, 'name'>): boolean {
  return (
    name === undefined || name.some((one) => label.startsWith(one) && !/^\w/.test(label.slice(one.length)))
  );
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
