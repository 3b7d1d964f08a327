import { basename, join } from 'node:path';
import {
  type AnalyzeOptions,
  collectSpans,
  cutWaitTimes,
  TimelineCollector,
  type TimelineOptions,
} from '../../../../analysis/index.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { createPageData } from '../../../../src/report/html/create-page-data.ts';
import type { PageData } from '../../../../src/report/html/page-data.ts';
import { openSource } from '../../../../src/store/load-capture.ts';
import { openTrace, type Trace } from '../../../../src/trace/index.ts';

/** Everything asked for: the page shows it all. */
const OPTIONS: AnalyzeOptions = { waitTimes: { detail: true } };

/** Path of a capture among the golden ones. */
export function goldenPath(name: string): string {
  return join(packageRoot(), 'test/golden', `${name}.ndjson`);
}

/** What the page of a capture is made of: a file of any format, or a trace made by a test. */
export async function pageDataOf(
  capture: string | Trace,
  options: AnalyzeOptions & { readonly timeline?: TimelineOptions; readonly file?: string } = {},
): Promise<PageData> {
  const source = typeof capture === 'string' ? await openSource(capture) : openTrace(capture);
  const { timeline, file = typeof capture === 'string' ? basename(capture) : 'trace', ...rest } = options;
  const spans = await collectSpans(source, { ...OPTIONS, ...rest }, () => new TimelineCollector(timeline));
  return createPageData({
    version: '0.0.0-test',
    file,
    createdAt: new Date('2026-01-02T03:04:05Z'),
    analysis: spans.analysis,
    printed: cutWaitTimes(spans.analysis, {}),
    timeline: spans.sink.finish(spans.analysis, spans.tables),
    attachments: spans.rest.attachments,
  });
}
