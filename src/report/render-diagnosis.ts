import type { HookInfo } from '../trace/index.ts';
import { escapeText } from './escape.ts';
import { wrap } from './layout.ts';
import type { TextStyle } from './style.ts';

/** What the doctor found, as it is shown. */
export interface DiagnosisReport {
  readonly findings: readonly Finding[];
  readonly hooks: readonly HookInfo[];
  readonly works: boolean;
}

interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'blocking';
  readonly text: string;
  readonly hint?: string;
}

/** The documented hooks, by the function that the bundled scripts name for each. */
const DOCUMENTED_HOOKS: Readonly<Record<string, string>> = {
  __folio_lock: 'lock_page',
  __lock_page: 'lock_page',
  folio_wait_writeback: 'folio_wait_writeback',
  wait_on_page_writeback: 'folio_wait_writeback',
  pte_alloc_one: 'pte_alloc_one',
  pcpu_alloc: 'pcpu_alloc',
};
const STATE_WORDS = { ok: 'ok', warning: 'WARNING', blocking: 'BLOCKING' } as const;

/** One line for each thing looked at, then each hook with the symbol it would use. */
export function renderDiagnosis(name: string, diagnosis: DiagnosisReport, style: TextStyle): string {
  const { palette } = style;
  const lines = diagnosis.works
    ? [palette.good(`${escapeText(name)} can be captured.`)]
    : [palette.bad(`${escapeText(name)} cannot be captured as it is.`)];
  lines.push('');
  lines.push(...diagnosis.findings.flatMap((finding) => findingLines(finding, style)));
  return [...lines, ...hookLines(diagnosis.hooks, palette)].join('\n');
}

const FINDING_INDENT = ' '.repeat(24);

function findingLines({ name, state, text, hint }: Finding, { palette, width }: TextStyle): string[] {
  const paint = state === 'ok' ? palette.good : state === 'warning' ? palette.warn : palette.bad;
  const wrapped = (words: string) => wrap(escapeText(words), width - FINDING_INDENT.length);
  const [first, ...more] = wrapped(text);
  return [
    `  ${paint(STATE_WORDS[state].padEnd(8))}  ${name.padEnd(10)}  ${first}`,
    ...more.map((line) => FINDING_INDENT + line),
    ...(hint === undefined ? [] : wrapped(hint).map((line) => FINDING_INDENT + palette.dim(line))),
  ];
}

function hookLines(hooks: readonly HookInfo[], palette: TextStyle['palette']): string[] {
  if (hooks.length === 0) {
    return [];
  }
  const documented = hooks.filter(({ hook }) => hook in DOCUMENTED_HOOKS);
  const others = hooks.filter(({ hook }) => !(hook in DOCUMENTED_HOOKS));
  return [
    '',
    'hooks',
    ...documented.map((hook) => hookLine(DOCUMENTED_HOOKS[hook.hook]!, hook, palette)),
    ...others.map((hook) => hookLine(hook.hook, hook, palette)),
  ];
}

function hookLine(shown: string, { symbol, reason }: HookInfo, palette: TextStyle['palette']): string {
  const target = symbol === undefined ? palette.warn(`none (${reason ?? 'no such function'})`) : symbol;
  return `  ${shown.padEnd(30)} → ${target}`;
}
