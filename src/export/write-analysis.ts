import { type Analysis, analyzeSource } from '../../analysis/index.ts';
import type { ExportOptions, ExportWriter } from './format.ts';

/** Formats that are made of the answer alone, not of what happened when: as long as a report, so in one piece. */
export function writeAnalysis(render: (analysis: Analysis, options: ExportOptions) => string): ExportWriter {
  return async function* (source, options, onProgress) {
    const analysis = await analyzeSource(source, { ...options.analyze, waitTimes: false }, onProgress);
    yield render(analysis, options);
  };
}
