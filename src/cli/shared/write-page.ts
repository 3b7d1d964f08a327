import type { Timeline } from '../../../analysis/timeline/timeline.ts';
import { formatCount, formatSize } from '../../report/format.ts';
import { loadPageAssets } from '../../report/html/build/page-assets.ts';
import type { PageData } from '../../report/html/page-data.ts';
import { renderPage } from '../../report/html/render-page.ts';
import { withInterrupt } from './interrupt.ts';
import { type OutputOptions, writeOutput } from './write-output.ts';

/**
 * Writes a report page.
 *
 * @param output file, or `-`
 * @returns its size and what it lacks, in words: `2.46 MiB, with the longest: 100,000 of 179,567 waits (--html-spans)`
 * @throws HoldwaitError as writeOutput()
 */
export async function writePage(output: string, data: PageData, options: OutputOptions): Promise<string> {
  const page = Buffer.from(await renderPage(data, await loadPageAssets()));
  await withInterrupt((signal) => writeOutput(output, once(page), { ...options, signal }));
  return [formatSize(page.length), ...describeOmitted(data)].join(', ');
}

async function* once<T>(piece: T): AsyncGenerator<T> {
  yield piece;
}

function describeOmitted({ timeline, attachments }: PageData): string[] {
  const bytes = attachments.reduce((sum, { omittedBytes }) => sum + omittedBytes, 0);
  return [
    ...describeSpans(timeline),
    ...(bytes === 0 ? [] : [`without ${formatSize(bytes)} of what was kept with the capture`]),
  ];
}

function describeSpans({ waits, holds, omitted }: Timeline): string[] {
  const describe = (shown: number, left: number, what: string) =>
    left === 0 ? [] : [`${formatCount(shown)} of ${formatCount(shown + left)} ${what}`];
  const parts = [
    ...describe(waits.lane.length, omitted.waits, 'waits'),
    ...describe(holds.lane.length, omitted.holds, 'holds'),
  ];
  return parts.length === 0 ? [] : [`with the longest: ${parts.join(' and ')} (--html-spans)`];
}
