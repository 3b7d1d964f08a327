import { type Analysis, type AnalyzeOptions, analyzeTrace } from '../../../analysis/index.ts';
import type { Trace } from '../../trace/index.ts';
import { withInputFile } from './input-file.ts';

/** The capture in a file of any kind that is understood, or on standard input for `-`. */
export async function loadInput(file: string): Promise<Trace> {
  const { loadCapture } = await import('../../store/load-capture.ts');
  return withInputFile(file, loadCapture);
}

/** Loads a capture and analyses it. */
export async function analyzeInput(file: string, options: AnalyzeOptions): Promise<Analysis> {
  return analyzeTrace(await loadInput(file), options);
}
