import type { Latency } from '../../analysis/wait-times/histogram.ts';
import type { Ranked, WaitSum } from '../../analysis/wait-times/result.ts';
import { formatCount, formatDuration } from './format.ts';
import { clip, displayWidth, padEnd } from './layout.ts';
import { indent, type TextStyle } from './style.ts';

export function sumCells({ waits, waitedNs }: WaitSum): string[] {
  return [formatCount(waits), formatDuration(waitedNs)];
}

export function latencyCells(latency: Latency | undefined): string[] {
  return latency === undefined
    ? ['', '', '', '']
    : [latency.p50Ns, latency.p90Ns, latency.p99Ns, latency.maxNs].map(formatDuration);
}

const GAP = 2;

/** A text and figures beside it; the text has what the figures leave. Nothing where there are no rows. */
export function timeTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { omitted }: Pick<Ranked<unknown>, 'omitted'>,
  { width, palette }: TextStyle,
): string[] {
  if (rows.length === 0) {
    return [];
  }
  const all = [headings, ...rows];
  const widths = headings.map((_, x) => all.reduce((most, row) => Math.max(most, displayWidth(row[x]!)), 0));
  const figures = widths.slice(1).reduce((sum, w) => sum + w + GAP, 0);
  const first = Math.max(8, Math.min(widths[0]!, width - GAP - figures));
  const lines = all.map(([text, ...cells]) => {
    const padded = cells.map((cell, x) => ' '.repeat(GAP) + padStart(cell, widths[x + 1]!));
    return (padEnd(clip(text!, first), first) + padded.join('')).trimEnd();
  });
  const rest = omitted === 0 ? [] : [palette.dim(`… ${formatCount(omitted)} more: --top`)];
  return indent([palette.dim(lines[0]!), ...lines.slice(1), ...rest]);
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}
