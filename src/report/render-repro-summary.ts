import type { Analysis } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { formatDuration, formatPlural } from './format.ts';
import { layoutTable, wrap, wrapAfter } from './layout.ts';
import type { ReproReport } from './render-repro.ts';
import { indent, type TextStyle } from './style.ts';
import { nameBlocker, nameKind, nameTask } from './wording.ts';

/** One line of a run of all scenarios. */
export interface ReproSummary extends ReproReport {
  readonly expected: boolean;
  readonly analysis?: Analysis;
}

const NS_PER_MS = 1e6;
const HEADINGS = ['scenario', 'kernel', 'result', 'verdict', 'to hang', 'to verdict', 'expected'];
/** All but the scenario's name have their longest words in 80 columns. */
const COLUMNS = [
  {},
  { share: 0.12 },
  { share: 0.18 },
  { share: 0.14 },
  { share: 0.11 },
  { share: 0.15 },
  { share: 0.12 },
];

/** All scenarios in a table, then who waits for whom in each, or why there is nothing of the kind. */
export function renderReproSummary(reports: readonly ReproSummary[], style: TextStyle): string {
  const [heading, ...rows] = layoutTable(COLUMNS, [HEADINGS, ...reports.map(tableRow)], style.width);
  return [
    style.palette.dim(heading ?? ''),
    ...rows,
    ...reports.flatMap((report) => renderBelow(report, style)),
    '',
    ...wrap(sumUp(reports), style.width),
  ].join('\n');
}

function sumUp(reports: readonly ReproSummary[]): string {
  const unexpected = reports.filter(({ expected }) => !expected).map(({ scenario }) => escapeText(scenario));
  const count = formatPlural(
    reports.length,
    reports.every(({ control }) => control) ? 'control' : 'scenario',
  );
  return `${count}: ${unexpected.length === 0 ? 'all as expected' : `not as expected: ${unexpected.join(', ')}`}`;
}

function tableRow(report: ReproSummary): string[] {
  const { timesMs, analysis } = report;
  return [
    escapeText(report.scenario),
    escapeText(report.kernelVersion ?? report.kernel),
    report.result,
    analysis?.verdict ?? '-',
    duration(timesMs.hang),
    duration(timesMs.verdict),
    report.expected ? 'yes' : 'NO',
  ];
}

function duration(ms: number | undefined): string {
  return ms === undefined ? '-' : formatDuration(ms * NS_PER_MS);
}

function renderBelow({ scenario, reason, analysis }: ReproSummary, style: TextStyle): string[] {
  const width = style.width - 2;
  const why = reason === undefined ? [] : reason.split('\n').flatMap((line) => wrap(escapeText(line), width));
  const lines = [...why, ...renderFirstCycle(analysis, width)];
  return lines.length === 0 ? [] : ['', style.palette.bold(escapeText(scenario)), ...indent(lines)];
}

/** What it is known as, then waiter, what it waits for, and by which evidence who blocks it: one edge a line. */
function renderFirstCycle(analysis: Analysis | undefined, width: number): string[] {
  const [cycle, ...others] = analysis?.cycles ?? [];
  if (analysis === undefined || cycle === undefined) {
    return [];
  }
  const { tasks } = analysis;
  const more = others.length === 0 ? [] : [`and ${formatPlural(others.length, 'more cycle')}`];
  const known = cycle.matches[0]?.id;
  return [
    known === undefined ? 'no known deadlock' : `known as ${escapeText(known)}`,
    ...cycle.edges.flatMap((edge) =>
      wrapAfter(
        `${nameTask(tasks, edge.waiter)} → `,
        `${nameKind(edge.resource.kind)}, ${nameBlocker(edge, tasks)}`,
        width,
      ),
    ),
    ...more,
  ];
}
