import type { Command } from 'commander';
import { HoldwaitError } from '../../trace/index.ts';
import { type AnalysisFlags, addAnalysisOptions } from '../shared/analysis-options.ts';
import { analyzeWaits } from '../shared/analyze-waits.ts';
import { collectPage } from '../shared/collect-page.ts';
import { addExamples } from '../shared/examples.ts';
import { printNote } from '../shared/output.ts';
import { addPageOptions, type PageFlags } from '../shared/page-options.ts';
import { printAnalysis, verdictStatus } from '../shared/print-analysis.ts';
import { addTextOptions, type TextFlags } from '../shared/text-options.ts';
import { addWaitOptions, type WaitFlags } from '../shared/wait-options.ts';
import { checkOutput, refuseInput, STDOUT } from '../shared/write-output.ts';
import { writePage } from '../shared/write-page.ts';

interface AnalyzeFlags extends AnalysisFlags, WaitFlags, TextFlags, PageFlags {
  readonly json?: boolean;
  readonly html?: string;
  readonly force?: boolean;
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
    .option('--json', 'print one object for programs; `holdwait schema` describes it')
    .option('--html <file>', 'write a page for a browser, too; - = standard output, instead of the text');
  addExamples(command, [
    ['holdwait analyze hang.sqlite', 'who waits for whom, and whether it can ever end'],
    ['dmesg | holdwait analyze -', 'the same from what the kernel has logged, without a capture'],
    ['holdwait analyze hang.sqlite --times --since -60s', 'where the time of the last minute went'],
    ['holdwait analyze hang.sqlite --at 12.5s', 'who waited for whom at that moment'],
    ['holdwait analyze hang.sqlite --signatures ~/signatures', 'compared with deadlocks of your own, too'],
    ['holdwait analyze hang.sqlite --html hang.html', 'a page to open or to send, beside the text'],
    ['holdwait analyze hang.sqlite --json', 'one object for programs'],
  ]);
  addPageOptions(addTextOptions(addWaitOptions(addAnalysisOptions(command))))
    .option('--force', 'replace a page that is there already')
    .action(async (file: string, flags: AnalyzeFlags) => {
      if (flags.html === undefined) {
        refusePageOptions(command);
        process.exitCode = printAnalysis(await analyzeWaits(file, flags), flags);
      } else {
        process.exitCode = await analyzeToPage(file, flags.html, flags);
      }
    });
}

const PAGE_OPTIONS: ReadonlySet<string> = new Set(['--html-spans', '--force']);

/** Of those given with the command: a configuration may say how a page is to be, whether or not there is to be one. */
function refusePageOptions(command: Command): void {
  const given = command.options.find(
    (option) =>
      PAGE_OPTIONS.has(option.long!) && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given !== undefined) {
    throw new HoldwaitError(
      'usage',
      'OPTION_NEEDS_HTML',
      `${given.long} is about a page, and none is asked for`,
      {
        hint: 'Add --html report.html.',
      },
    );
  }
}

async function analyzeToPage(file: string, html: string, flags: AnalyzeFlags): Promise<number> {
  checkPageOutput(file, html, flags);
  const { data, printed } = await collectPage(file, flags);
  const said = await writePage(html, data, flags);
  printNote(`Page: ${html === STDOUT ? 'on standard output' : html}, ${said}`);
  return html === STDOUT ? verdictStatus(printed) : printAnalysis(printed, flags);
}

/** Before the capture is read, which may take long. */
function checkPageOutput(file: string, html: string, flags: AnalyzeFlags): void {
  if (html === STDOUT && flags.json) {
    throw new HoldwaitError('usage', 'OUTPUT_TWICE', '--json and --html - both want standard output', {
      hint: 'Name a file: --html report.html',
    });
  }
  checkOutput(html, flags);
  refuseInput(file, html, '--html');
}
