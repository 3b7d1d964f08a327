import { MODES, NONE, type Trace } from '../src/trace/index.ts';
import type { Blocker } from './find-blockers.ts';
import type { WaitLink } from './find-cycles.ts';
import { type Hold, READ } from './hold-tracker.ts';
import { findInference } from './inferences.ts';
import { isInInterrupt } from './interrupt-context.ts';
import { functionName } from './match-frames.ts';
import type { Edge, ResourceRef } from './result.ts';
import type { WaitTable } from './wait-tracker.ts';

/** Turns links of the graph into edges of the result. A link that several chains share stays one object. */
export class EdgeDescriber {
  readonly #trace: Trace;
  readonly #waits: WaitTable;
  readonly #edges = new Map<WaitLink, Edge>();

  constructor(trace: Trace, waits: WaitTable) {
    this.#trace = trace;
    this.#waits = waits;
  }

  edge(link: WaitLink): Edge {
    let edge = this.#edges.get(link);
    if (edge === undefined) {
      edge = this.#describe(link);
      this.#edges.set(link, edge);
    }
    return edge;
  }

  #describe({ tid, wait, blocker }: WaitLink): Edge {
    const { stacks, endNs } = this.#trace;
    const mode = MODES[this.#waits.mode[wait.row]!];
    const stack = stacks.get(this.#waits.stack[wait.row]!);
    const functions = stack.map(functionName);
    const inferredFrom = blocker.why ?? this.#inference(wait.row, blocker, functions);
    return {
      waiter: tid,
      resource: describeResource(this.#trace, this.#waits.resource[wait.row]!),
      blocker: blocker.tid ?? null,
      evidence: blocker.evidence,
      hard: blocker.hard,
      sinceNs: wait.sinceNs,
      waitNs: endNs - wait.sinceNs,
      stack,
      ...(mode === undefined ? {} : { mode }),
      ...(blocker.io ? { io: true } : {}),
      ...(inferredFrom === undefined ? {} : { inferredFrom }),
      ...(isInInterrupt(functions) ? { context: 'interrupt' } : {}),
      ...(blocker.hold === undefined ? {} : { hold: describeHold(this.#trace, blocker.hold) }),
    };
  }

  #inference(row: number, blocker: Blocker, waiterStack: readonly string[]): string | undefined {
    const { stacks, resources } = this.#trace;
    return blocker.tid === undefined
      ? undefined
      : findInference({
          kind: resources.kind(this.#waits.resource[row]!),
          evidence: blocker.evidence,
          hard: blocker.hard,
          label: resources.label(this.#waits.resource[row]!),
          isReader: this.#waits.mode[row] === READ,
          waiterStack,
          holdStack: blocker.hold === undefined ? [] : stacks.get(blocker.hold.stack).map(functionName),
        });
  }
}

export function describeResource({ resources }: Trace, resource: number): ResourceRef {
  const label = resources.label(resource);
  return {
    kind: resources.kind(resource),
    id: resources.id(resource),
    ...(label === undefined ? {} : { label }),
  };
}

/** When and where a resource was taken. */
export function describeHold({ stacks }: Trace, hold: Hold): { sinceNs: number; stack: readonly string[] } {
  return { sinceNs: hold.sinceNs, stack: hold.stack === NONE ? [] : stacks.get(hold.stack) };
}
