import type { Command } from 'commander';
import { type AnalysisFlags, addAnalysisOptions, toAnalyzeOptions } from '../shared/analysis-options.ts';
import { analyzeInput } from '../shared/load-input.ts';
import { printAnalysis } from '../shared/print-analysis.ts';
import { addTextOptions, type TextFlags } from '../shared/text-options.ts';

interface AnalyzeFlags extends AnalysisFlags, TextFlags {
  readonly json?: boolean;
}

/** `holdwait analyze FILE`: who waits for whom in a capture, and whether it can ever end. */
export function registerAnalyze(program: Command): void {
  const command = program
    .command('analyze')
    .description('say who waits for whom in a capture, on what, and whether it can ever end')
    .argument(
      '<file>',
      'SQLite capture, Arrow file or stream, NDJSON or kernel log, told by its content; - = standard input',
    )
    .option('--json', 'print one object for programs; `holdwait schema` describes it');
  addTextOptions(addAnalysisOptions(command)).action(async (file: string, flags: AnalyzeFlags) => {
    process.exitCode = printAnalysis(await analyzeInput(file, toAnalyzeOptions(flags)), flags);
  });
}
