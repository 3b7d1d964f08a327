import type { Command } from 'commander';
import { type Analysis, findHandle, type Handled } from '../../../analysis/index.ts';
import { renderDetail } from '../../report/render-detail.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { type AnalysisFlags, addAnalysisOptions, toAnalyzeOptions } from '../shared/analysis-options.ts';
import { analyzeInput } from '../shared/load-input.ts';
import { printText } from '../shared/output.ts';
import { addTextOptions, type TextFlags, toTextStyle } from '../shared/text-options.ts';

/** `holdwait show FILE HANDLE…`: more on something that `analyze` printed a handle for. */
export function registerShow(program: Command): void {
  const command = program
    .command('show')
    .description('print more on a cycle, chain, task or resource of a capture')
    .argument('<file>', 'capture, as for `analyze`')
    .argument('<handle...>', 'what `analyze` printed in [brackets]: c-1, w-3, t-412, r-2');
  addTextOptions(addAnalysisOptions(command)).action(
    async (file: string, handles: string[], flags: AnalysisFlags & TextFlags) => {
      const analysis = await analyzeInput(file, toAnalyzeOptions(flags));
      const found = handles.map((handle) => requireHandle(analysis, file, handle));
      const style = toTextStyle(flags);
      printText(found.map((one) => renderDetail(one, analysis, style)).join('\n'));
    },
  );
}

function requireHandle(analysis: Analysis, file: string, handle: string): Handled {
  const found = findHandle(analysis, handle);
  if (found === undefined) {
    throw new HoldwaitError('usage', 'HANDLE_UNKNOWN', `${file} has nothing with the handle ${handle}`, {
      hint: `holdwait analyze ${file} prints the handles, in [brackets]; give it the same options`,
    });
  }
  return found;
}
