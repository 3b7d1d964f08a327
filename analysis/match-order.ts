import { describeClass } from './lock-classes.ts';
import type { LockOrder, OrderLink } from './lock-orders.ts';
import { functionName, scoreFrames } from './match-frames.ts';
import { EDGE_WEIGHT, FRAME_WEIGHT, isNamed, MATCH_THRESHOLD } from './match-signature.ts';
import type { PotentialMatch } from './result.ts';
import type { ResourcePattern, Signature, SignatureRole } from './signature.ts';

/** A link with the functions of its stacks. */
interface Step {
  readonly link: OrderLink;
  readonly functions: readonly string[];
  readonly heldFunctions: readonly string[];
}

/**
 * Signatures that a reported order of locks is an instance of, best first. An order has no tasks, only classes: a role
 * is what holds the one and wants the other. A variant that is the lock order of another signature stands for that one,
 * which comes first.
 */
export function matchOrder(order: LockOrder, signatures: readonly Signature[]): PotentialMatch[] {
  const steps = order.links.map(
    (link): Step => ({
      link,
      functions: link.stack.map(functionName),
      heldFunctions: (link.heldStack ?? []).map(functionName),
    }),
  );
  const best = new Map<string, PotentialMatch>();
  for (const signature of signatures) {
    const score = Math.max(scoreCircle(steps, signature), scoreDecisive(steps, signature));
    if (score >= MATCH_THRESHOLD) {
      addBest(best, describeMatch(signature, score));
      const main = signature.lockOrder && signatures.find(({ id }) => id === signature.variantOf);
      if (main) {
        addBest(best, describeMatch(main, score));
      }
    }
  }
  return [...best.values()].sort(byScore(signatures));
}

/** Of equal matches, the documented deadlock comes before the forms it has. */
function byScore(signatures: readonly Signature[]): (a: PotentialMatch, b: PotentialMatch) => number {
  const variants = new Set(signatures.filter(({ variantOf }) => variantOf !== undefined).map(({ id }) => id));
  return (a, b) =>
    b.score - a.score || Number(variants.has(a.id)) - Number(variants.has(b.id)) || (a.id < b.id ? -1 : 1);
}

function addBest(best: Map<string, PotentialMatch>, match: PotentialMatch): void {
  if ((best.get(match.id)?.score ?? 0) < match.score) {
    best.set(match.id, match);
  }
}

/** The whole circle, in the best of all its turns; kinds alone say too little, so something must identify a role. */
function scoreCircle(steps: readonly Step[], { roles }: Signature): number {
  if (steps.length !== roles.length || steps.some(({ link }, i) => link.wanted !== next(steps, i).held)) {
    return 0;
  }
  let best = 0;
  for (let turn = 0; turn < roles.length; turn++) {
    const turned = roles.map((_, i) => steps[(i + turn) % steps.length]!);
    const scores = roles.map((role, i) => scoreRole(turned[i]!, role));
    if (scores.every((score) => score > 0) && roles.some((role, i) => isIdentified(turned[i]!, role))) {
      best = Math.max(best, average(scores, roles.length));
    }
  }
  return best;
}

/** Part of a circle, or of a larger one, that has the order without which the deadlock would not be. */
function scoreDecisive(steps: readonly Step[], { roles }: Signature): number {
  const scores = roles.map((role) =>
    Math.max(0, ...steps.map((step) => (isNamedBoth(step, role) ? scoreRole(step, role) : 0))),
  );
  const isDecided = roles.some(
    (role) => role.decisive && steps.some((step) => isNamedBoth(step, role) && isSeenIn(step, role)),
  );
  return isDecided ? round(MATCH_THRESHOLD + (1 - MATCH_THRESHOLD) * average(scores, roles.length)) : 0;
}

function scoreRole(step: Step, role: SignatureRole): number {
  const { link, functions, heldFunctions } = step;
  const wants = fits(role.waits, link.wanted, functions);
  const holds = fits({ ...role.holds, mode: undefined }, link.held, heldFunctions);
  const isOther = functions.length > 0 && role.identifiedBy !== undefined && !isSeenIn(step, role);
  return wants && holds && !isOther
    ? EDGE_WEIGHT + FRAME_WEIGHT * scoreFrames([...functions, ...heldFunctions], role.frames)
    : 0;
}

function fits(
  pattern: Omit<ResourcePattern, 'mode'> & { readonly mode?: ResourcePattern['mode'] | undefined },
  className: string,
  functions: readonly string[],
): boolean {
  const { kind, mode } = describeClass(className, functions);
  const isOtherMode = pattern.mode !== undefined && mode !== undefined && mode !== pattern.mode;
  return !isOtherMode && (pattern.name === undefined ? kind === pattern.kind : isNamed(className, pattern));
}

function isNamedBoth({ link, functions }: Step, { waits, holds }: SignatureRole): boolean {
  return (
    waits.name !== undefined &&
    holds.name !== undefined &&
    fits(waits, link.wanted, functions) &&
    isNamed(link.held, holds)
  );
}

function isSeenIn({ functions, heldFunctions }: Step, { identifiedBy }: SignatureRole): boolean {
  return [...functions, ...heldFunctions].some((name) => identifiedBy?.includes(name));
}

function isIdentified(step: Step, role: SignatureRole): boolean {
  const isByName = role.waits.name !== undefined && isNamed(step.link.wanted, role.waits);
  return isByName || isSeenIn(step, role);
}

function next(steps: readonly Step[], i: number): OrderLink {
  return steps[(i + 1) % steps.length]!.link;
}

function average(scores: readonly number[], count: number): number {
  return round(scores.reduce((sum, score) => sum + score, 0) / count);
}

function round(score: number): number {
  return Math.round(score * 1000) / 1000;
}

function describeMatch({ id, title, sources, fix }: Signature, score: number): PotentialMatch {
  return { id, title, score, sources, ...(fix === undefined ? {} : { fix }) };
}
