import type { Figure, SkippedFigure, Wanted } from './benchmark.ts';
import type { Machine } from './machine.ts';
import type { Spread } from './median.ts';

/** The table, each line with what it was made from below it. */
export function renderFigures(machine: Machine, figures: readonly (Figure | SkippedFigure)[]): string {
  return [
    ...Object.entries(machine).map(([name, value]) => `${name}: ${value}`),
    '',
    ...figures.flatMap((figure) => ('skipped' in figure ? skippedLines(figure) : figureLines(figure))),
  ].join('\n');
}

function figureLines({ what, against, wanted, ratio, ok, measured }: Figure): string[] {
  const least = formatNumber(ratio.least);
  const most = formatNumber(ratio.most);
  return [
    `${ok ? 'ok    ' : 'MISSED'}  ${what} / ${against}`,
    `        ${formatNumber(ratio.median)} (${least} to ${most}), wanted ${formatWanted(wanted)}`,
    ...Object.entries(measured).map(([name, value]) => `          ${name}: ${formatValue(value)}`),
  ];
}

function skippedLines({ what, against, skipped }: SkippedFigure): string[] {
  return [`-       ${what} / ${against}`, `        not measured: ${skipped}`];
}

function formatWanted(wanted: Wanted): string {
  if ('atLeast' in wanted) {
    return `≥ ${formatNumber(wanted.atLeast)}`;
  }
  return 'atMost' in wanted ? `≤ ${formatNumber(wanted.atMost)}` : `< ${formatNumber(wanted.below)}`;
}

function formatValue(value: Spread | number | string): string {
  if (typeof value === 'string') {
    return value;
  }
  return typeof value === 'number'
    ? formatNumber(value)
    : `${formatNumber(value.median)} (${formatNumber(value.least)} to ${formatNumber(value.most)})`;
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) {
    return Math.round(value).toLocaleString('en');
  }
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
