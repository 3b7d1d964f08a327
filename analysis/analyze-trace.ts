import type { Trace } from '../src/trace/index.ts';
import { AnalysisEngine, type AnalyzeOptions } from './analysis-engine.ts';
import type { Analysis } from './result.ts';

/** Rebuilds who waits for whom at the end of a capture that is in memory, and says whether it can ever end. */
export function analyzeTrace(trace: Trace, options: AnalyzeOptions = {}): Analysis {
  const engine = new AnalysisEngine(trace, options);
  engine.play(trace.events);
  return engine.result(trace);
}
