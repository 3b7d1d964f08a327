import { basename } from 'node:path';
import { collectSpans } from '../../analysis/index.ts';
import { TimelineCollector } from '../../analysis/timeline/timeline-collector.ts';
import { renderChromeTrace } from '../report/chrome-trace/render-chrome-trace.ts';
import type { ExportWriter } from './format.ts';
import { joinLines } from './join-lines.ts';

/**
 * The timeline for Perfetto and other viewers of traces. JSON and not Perfetto's own protobuf, since chrome://tracing and
 * speedscope read it, too. Memory grows with the slices that are kept, not with the capture.
 */
export const writeChromeTraceFormat: ExportWriter = async function* (source, options, onProgress) {
  const { analyze, file, version, maxSlices } = options;
  const { analysis, sink, tables } = await collectSpans(
    source,
    { ...analyze, waitTimes: false, orders: false },
    () => new TimelineCollector({ waits: maxSlices }),
    onProgress,
  );
  const timeline = sink.finish(analysis, tables);
  const { names } = tables;
  const pieces = renderChromeTrace(analysis, timeline, {
    program: `holdwait ${version}`,
    file: basename(file),
    // Only a tid's last task is known by its number.
    pidOf: ({ tid, name }) => (names.name(tid) === name ? names.latest(tid)?.pid : undefined),
  });
  yield* joinLines(pieces, (piece) => piece);
};
