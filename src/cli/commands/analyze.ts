import type { Command } from 'commander';
import { type AnalysisFlags, addAnalysisOptions } from '../shared/analysis-options.ts';
import { analyzeWaits } from '../shared/analyze-waits.ts';
import { addExamples } from '../shared/examples.ts';
import { printAnalysis } from '../shared/print-analysis.ts';
import { addTextOptions, type TextFlags } from '../shared/text-options.ts';
import { addWaitOptions, type WaitFlags } from '../shared/wait-options.ts';

interface AnalyzeFlags extends AnalysisFlags, WaitFlags, TextFlags {
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
  addExamples(command, [
    ['holdwait analyze hang.sqlite', 'who waits for whom, and whether it can ever end'],
    ['dmesg | holdwait analyze -', 'the same from what the kernel has logged, without a capture'],
    ['holdwait analyze hang.sqlite --times --since -60s', 'where the time of the last minute went'],
    ['holdwait analyze hang.sqlite --at 12.5s', 'who waited for whom at that moment'],
    ['holdwait analyze hang.sqlite --signatures ~/signatures', 'compared with deadlocks of your own, too'],
    ['holdwait analyze hang.sqlite --json', 'one object for programs'],
  ]);
  addTextOptions(addWaitOptions(addAnalysisOptions(command))).action(
    async (file: string, flags: AnalyzeFlags) => {
      process.exitCode = printAnalysis(await analyzeWaits(file, flags), flags);
    },
  );
}
