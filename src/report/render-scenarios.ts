import { escapeText } from './escape.ts';
import { formatPlural } from './format.ts';
import { wrapAfter } from './layout.ts';
import type { TextStyle } from './style.ts';

/** A scenario as a list of them shows it. */
export interface ListedScenario {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
  readonly notAffected: readonly {
    readonly from?: string;
    readonly until?: string;
    readonly reason: string;
  }[];
  readonly module?: { readonly name: string };
  readonly lab: {
    readonly memoryMib?: number;
    readonly cpus?: number;
    readonly numaNodes?: readonly { readonly memoryMib: number }[];
  };
}

const ID_WIDTH = 26;
const LABEL_WIDTH = 17;
const NEED_WORDS: ReadonlyMap<string, string> = new Map([['memory-cgroup-v1', 'version 1 memory cgroups']]);

/** Each scenario with the kernels that it cannot happen on, what it needs, and the guest it is given. */
export function renderScenarios(scenarios: readonly ListedScenario[], style: TextStyle): string {
  return scenarios.map((scenario) => renderScenario(scenario, style).join('\n')).join('\n\n');
}

function renderScenario(scenario: ListedScenario, { width, palette }: TextStyle): string[] {
  const [first, ...rest] = wrapAfter(
    escapeText(scenario.id).padEnd(ID_WIDTH),
    escapeText(scenario.title),
    width,
  );
  const entry = (label: string, text: string): string[] =>
    wrapAfter(`  ${label}`.padEnd(LABEL_WIDTH), text, width);
  return [
    palette.bold(first ?? ''),
    ...rest,
    ...scenario.notAffected.flatMap((range, index) =>
      entry(index === 0 ? 'not affected' : '', `${nameRange(range)}: ${escapeText(range.reason)}`),
    ),
    ...entry('needs', listNeeds(scenario).join(', ') || 'nothing but a stock kernel'),
    ...entry('guest', nameGuest(scenario)),
  ];
}

function listNeeds({ needs, module }: ListedScenario): string[] {
  const features = needs.map((need) => NEED_WORDS.get(need) ?? escapeText(need));
  return module === undefined ? features : [...features, `the module ${escapeText(module.name)}`];
}

/** `1024 MiB, 2 CPUs`: what the scenario asks for; the rest is the lab's default. */
export function nameGuest({ lab }: Pick<ListedScenario, 'lab'>): string {
  const { memoryMib, cpus, numaNodes } = lab;
  const memory =
    numaNodes === undefined
      ? memoryMib && `${memoryMib} MiB`
      : `NUMA nodes of ${numaNodes.map((node) => node.memoryMib).join(' and ')} MiB`;
  return [memory, cpus && formatPlural(cpus, 'CPU')].filter(Boolean).join(', ') || 'as by default';
}

/** `before 6.1`, `6.12 and later`, `5.16 and later, before 6.1`. */
export function nameRange({ from, until }: { readonly from?: string; readonly until?: string }): string {
  const parts = [from && `${from} and later`, until && `before ${until}`];
  return parts.filter(Boolean).join(', ');
}
