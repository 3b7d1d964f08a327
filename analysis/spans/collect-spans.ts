import type { TraceRest, TraceSource, TraceTables } from '../../src/trace/index.ts';
import type { AnalyzeOptions } from '../analysis-engine.ts';
import { analyzeSource, type OnSourceProgress, type SourceHooks } from '../analyze-source.ts';
import type { Analysis } from '../result.ts';
import type { SpanSink } from './span.ts';
import { SpanCollector, type SpanTables } from './span-collector.ts';

/** What collectSpans() gives; `tables` name the tasks and resources of the spans. */
export interface CollectedSpans<S extends SpanSink> {
  readonly analysis: Analysis;
  /** The one that was told all spans. */
  readonly sink: S;
  readonly tables: SpanTables;
  /** What the capture tells at its end, of which the analysis has a part. */
  readonly rest: TraceRest;
}

/**
 * Analyses a capture of any length and tells its waits and holds one by one, in memory that does not grow with their
 * number.
 *
 * @param createSink called again where the capture has to be read once more: what an earlier sink was told does not count
 * @throws HoldwaitError what analyzeSource() throws
 */
export async function collectSpans<S extends SpanSink>(
  source: TraceSource,
  options: AnalyzeOptions,
  createSink: (tables: TraceTables) => S,
  onProgress?: OnSourceProgress,
  { windowEvents }: Pick<SourceHooks, 'windowEvents'> = {},
): Promise<CollectedSpans<S>> {
  let rest: TraceRest | undefined;
  let last: { readonly spans: SpanCollector; readonly sink: S } | undefined;
  const analysis = await analyzeSource(source, options, onProgress, {
    windowEvents,
    onEngine: (engine) => {
      const sink = createSink(engine.state.tables);
      last = { spans: new SpanCollector(engine.state, sink), sink };
      engine.observe(last.spans);
    },
    onRest: (told) => {
      rest = told;
    },
  });
  const { spans, sink } = last!;
  return { analysis, sink, tables: spans.finish(analysis.capture), rest: rest! };
}
