import { MODES, NONE, type TraceTables } from '../src/trace/index.ts';
import type { Blocker } from './find-blockers.ts';
import type { WaitLink } from './find-cycles.ts';
import { findInference } from './inferences.ts';
import { isInInterrupt } from './interrupt-context.ts';
import { functionName } from './match-frames.ts';
import { type Hold, READ } from './replay/hold-tracker.ts';
import type { WaitTable } from './replay/wait-tracker.ts';
import type { Edge, ResourceRef } from './result.ts';

/** Turns links of the graph into edges of the result. A link that several chains share stays one object. */
export class EdgeDescriber {
  readonly #tables: TraceTables;
  readonly #waits: WaitTable;
  readonly #endNs: number;
  readonly #edges = new Map<WaitLink, Edge>();

  /** @param endNs the moment that the links are of */
  constructor(tables: TraceTables, waits: WaitTable, endNs: number) {
    this.#tables = tables;
    this.#waits = waits;
    this.#endNs = endNs;
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
    const { stacks } = this.#tables;
    const mode = MODES[this.#waits.mode[wait.row]!];
    const stack = stacks.get(this.#waits.stack[wait.row]!);
    const functions = stack.map(functionName);
    const inferredFrom = blocker.why ?? this.#inference(wait.row, blocker, functions);
    return {
      waiter: tid,
      resource: describeResource(this.#tables, this.#waits.resource[wait.row]!),
      blocker: blocker.tid ?? null,
      evidence: blocker.evidence,
      hard: blocker.hard,
      sinceNs: wait.sinceNs,
      waitNs: this.#endNs - wait.sinceNs,
      stack,
      ...(mode === undefined ? {} : { mode }),
      ...(blocker.io ? { io: true } : {}),
      ...(inferredFrom === undefined ? {} : { inferredFrom }),
      ...(isInInterrupt(functions) ? { context: 'interrupt' } : {}),
      ...(blocker.hold === undefined ? {} : { hold: describeHold(this.#tables, blocker.hold) }),
    };
  }

  #inference(row: number, blocker: Blocker, waiterStack: readonly string[]): string | undefined {
    const { stacks, resources } = this.#tables;
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

export function describeResource(
  { resources }: Pick<TraceTables, 'resources'>,
  resource: number,
): ResourceRef {
  const label = resources.label(resource);
  return {
    kind: resources.kind(resource),
    id: resources.id(resource),
    ...(label === undefined ? {} : { label }),
  };
}

/** When and where a resource was taken. */
export function describeHold(
  { stacks }: TraceTables,
  hold: Hold,
): { sinceNs: number; stack: readonly string[] } {
  return { sinceNs: hold.sinceNs, stack: hold.stack === NONE ? [] : stacks.get(hold.stack) };
}
