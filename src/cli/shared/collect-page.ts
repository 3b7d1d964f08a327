import { basename } from 'node:path';
import {
  type Analysis,
  type AnalyzeOptions,
  cutWaitTimes,
  TimelineCollector,
} from '../../../analysis/index.ts';
import { createPageData } from '../../report/html/create-page-data.ts';
import type { PageData } from '../../report/html/page-data.ts';
import type { AnalysisFlags } from './analysis-options.ts';
import { withWaitOptions } from './analyze-waits.ts';
import { STDIN } from './input-file.ts';
import { withInterrupt } from './interrupt.ts';
import { collectInputSpans } from './load-input.ts';
import { packageVersion } from './package-version.ts';
import type { PageFlags } from './page-options.ts';
import { asksForTimes, noteLateTimes, type WaitFlags } from './wait-options.ts';

/** Rows of the page's lists of times, which can be searched. */
const PAGE_ROWS = 50;

export interface CollectedPage {
  readonly data: PageData;
  /** What `analyze` prints with the same flags. */
  readonly printed: Analysis;
}

/** Reads a capture for its report page: with all detail, and with what happened over time. */
export async function collectPage(
  file: string,
  flags: AnalysisFlags & WaitFlags & PageFlags,
): Promise<CollectedPage> {
  const createSink = () => new TimelineCollector({ waits: flags.htmlSpans });
  const spans = await withInterrupt((signal) =>
    withWaitOptions(file, flags, askForAll, signal, (path, options) =>
      collectInputSpans(path, options, signal, createSink),
    ),
  );
  const { analysis, sink, tables, rest } = spans;
  noteLateTimes(flags, analysis.capture.endNs);
  const printed = cutWaitTimes(analysis, { top: flags.top, detail: asksForTimes(flags) });
  const data = createPageData({
    version: packageVersion(),
    file: file === STDIN ? 'standard input' : basename(file),
    createdAt: new Date(),
    analysis,
    printed,
    timeline: sink.finish(analysis, tables),
    attachments: rest.attachments,
  });
  return { data, printed };
}

function askForAll(options: AnalyzeOptions): AnalyzeOptions {
  const times = options.waitTimes || {};
  const top = times.top === 0 ? 0 : Math.max(times.top ?? 0, PAGE_ROWS);
  return { ...options, waitTimes: { ...times, detail: true, top } };
}
