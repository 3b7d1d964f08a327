import { functionName, type SpanSink, type WaitSpan } from '../../analysis/index.ts';
import { escapeWhole } from '../report/escape.ts';
import type { ResourceTable, StackTable } from '../trace/index.ts';

const NS_PER_US = 1e3;
const NO_STACK = 'stack_not_recorded';

/** Sums up waits by their stack and kind while they are told. Memory grows with distinct stacks, not with waits. */
export class FoldedStacks implements SpanSink {
  readonly #resources: ResourceTable;
  readonly #stacks: StackTable;
  /** By kind, ns by stack. */
  readonly #waitedNs = new Map<string, Map<number, number>>();

  constructor({ resources, stacks }: { readonly resources: ResourceTable; readonly stacks: StackTable }) {
    this.#resources = resources;
    this.#stacks = stacks;
  }

  wait({ resource, stack, beginNs, endNs }: WaitSpan): void {
    const kind = this.#resources.kind(resource);
    let byStack = this.#waitedNs.get(kind);
    if (byStack === undefined) {
      byStack = new Map();
      this.#waitedNs.set(kind, byStack);
    }
    byStack.set(stack, (byStack.get(stack) ?? 0) + endNs - beginNs);
  }

  hold(): void {}

  /** One for each way through the kernel and kind, sorted: `outermost;…;innermost;[kind] µs`, each with its line feed. */
  lines(): string[] {
    const byPath = new Map<string, number>();
    for (const [kind, byStack] of this.#waitedNs) {
      for (const [stack, ns] of byStack) {
        const path = this.#fold(stack, kind);
        byPath.set(path, (byPath.get(path) ?? 0) + ns);
      }
    }
    const rows = Array.from(byPath, ([path, ns]) => [path, Math.round(ns / NS_PER_US)] as const);
    return rows
      .filter(([, us]) => us > 0)
      .map(([path, us]) => `${path} ${us}\n`)
      .sort();
  }

  #fold(stack: number, kind: string): string {
    const names = this.#stacks.get(stack).map(functionName).reverse();
    const path = names.length === 0 ? [NO_STACK] : names;
    return [...path, `[${kind}]`].map(foldFrame).join(';');
  }
}

/**
 * The last blank of a line stands before the number, and some readers take each of them for a separator. Kernels call nothing
 * by other than ASCII, and flamegraph.pl cuts a name between bytes: half a character makes its drawing unreadable.
 */
function foldFrame(name: string): string {
  return escapeWhole(name).replaceAll(';', ':').replace(/\s/g, '_').replace(NOT_ASCII, toNumber) || '_';
}

const NOT_ASCII = /[^ -~]/gu;

function toNumber(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
