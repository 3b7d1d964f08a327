import type { Command } from 'commander';
import { type Analysis, findHandle, type Handled } from '../../../analysis/index.ts';
import { collectDetail } from '../../report/detail.ts';
import { renderDetail } from '../../report/render-detail.ts';
import { quoteWord } from '../../target/shell-quote.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { type AnalysisFlags, addAnalysisOptions } from '../shared/analysis-options.ts';
import { analyzeWaits } from '../shared/analyze-waits.ts';
import { addExamples } from '../shared/examples.ts';
import { printJson, printText } from '../shared/output.ts';
import { addTextOptions, type TextFlags, toTextStyle } from '../shared/text-options.ts';
import { addWaitOptions, type WaitFlags } from '../shared/wait-options.ts';

interface ShowFlags extends AnalysisFlags, WaitFlags, TextFlags {
  readonly json?: boolean;
}

/** `holdwait show FILE HANDLE…`: more on something that `analyze` printed a handle for. */
export function registerShow(program: Command): void {
  const command = program
    .command('show')
    .description('print more on a cycle, chain, task or resource of a capture')
    .argument('<file>', 'capture, as for `analyze`')
    .argument(
      '<handle...>',
      'what `analyze` printed in [brackets]: c-1 a cycle, w-3 a chain, t-412 a task, r-2 a resource, l-1 a long wait',
    )
    .option('--json', 'print one object for programs; `holdwait schema show` describes it');
  addExamples(command, [
    ['holdwait show hang.sqlite c-1', 'the first cycle, with everything about its tasks'],
    ['holdwait show hang.sqlite t-412 --full-stacks', 'a task: what it holds, waits for and where'],
    ['holdwait show hang.sqlite r-2 w-3', 'a resource, then a chain'],
    ['holdwait show hang.sqlite l-1', 'a wait over time'],
    ['holdwait show hang.sqlite r-2 --json', 'everyone who waits for a resource, for programs'],
  ]);
  addTextOptions(addWaitOptions(addAnalysisOptions(command))).action(
    async (file: string, handles: string[], flags: ShowFlags) => {
      const isAboutTime = handles.some((handle) => TOLD_OVER_TIME.test(handle));
      const analysis = await analyzeWaits(file, flags, (options) => ({
        ...options,
        allEdges: true,
        waitTimes: { ...options.waitTimes, detail: isAboutTime, top: 0 },
      }));
      const found = handles.map((handle) => requireHandle(analysis, file, handle));
      if (flags.json) {
        printJson(collectDetail(found, analysis));
        return;
      }
      const style = toTextStyle(flags);
      printText(found.map((one) => renderDetail(one, analysis, style)).join('\n'));
    },
  );
}

/** What is told over time: a chain and a wait. */
const TOLD_OVER_TIME = /^[wl]-/;

/** Waits and holds that only the page numbers, by what it has room for. */
const OF_THE_PAGE = /^t[wh]-/;

function requireHandle(analysis: Analysis, file: string, handle: string): Handled {
  const found = findHandle(analysis, handle);
  if (found === undefined) {
    throw new HoldwaitError('usage', 'HANDLE_UNKNOWN', `${file} has nothing with the handle ${handle}`, {
      hint: OF_THE_PAGE.test(handle)
        ? `it is a handle of the page alone; \`holdwait query ${quoteWord(file)}\` describes the tables of all waits and holds`
        : `\`holdwait analyze ${quoteWord(file)}\` prints the handles, in [brackets]; give it the same options`,
    });
  }
  return found;
}
