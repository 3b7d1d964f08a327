import type { Analysis } from '../../../analysis/index.ts';
import { renderJson } from '../../report/render-json.ts';
import { renderText } from '../../report/render-text.ts';
import { ExitStatus } from './exit-status.ts';
import { printText } from './output.ts';
import { type TextFlags, toTextStyle } from './text-options.ts';

const JSON_INDENT = 2;

/** Prints an analysis as text, or as JSON for programs, and returns the exit status that its verdict means. */
export function printAnalysis(analysis: Analysis, flags: TextFlags & { readonly json?: boolean }): number {
  printText(
    flags.json
      ? renderJson(analysis, process.stdout.isTTY ? JSON_INDENT : 0)
      : renderText(analysis, toTextStyle(flags)),
  );
  return verdictStatus(analysis);
}

/** The exit status that a verdict means. */
export function verdictStatus({ verdict }: Analysis): number {
  return verdict === 'none' ? ExitStatus.ok : ExitStatus.finding;
}
