import type { Palette } from './palette.ts';

/** How a text report is laid out. */
export interface TextStyle {
  /** Columns; see layoutWidth() of the command line. At least 60 are used. */
  readonly width: number;
  readonly palette: Palette;
  /** Every frame with its offset, and every task of a long cycle. */
  readonly fullStacks: boolean;
}

export const LEAST_WIDTH = 60;

/** Lines moved right by two columns for each level. */
export function indent(lines: readonly string[], levels = 1): string[] {
  const space = '  '.repeat(levels);
  return lines.map((line) => (line === '' ? '' : space + line));
}
