/** Colours as functions over finished text; the caller decides whether there are any. */
export interface Palette {
  /** A cycle or its verdict. */
  readonly bad: (text: string) => string;
  /** Suspected, hang, losses. */
  readonly warn: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bold: (text: string) => string;
  /** Handles, units, what is left out. */
  readonly dim: (text: string) => string;
}

const same = (text: string): string => text;

/** For files, pipes and NO_COLOR. */
export const NO_COLOURS: Palette = { bad: same, warn: same, good: same, bold: same, dim: same };

/** For terminals. */
export const ANSI_COLOURS: Palette = {
  bad: sgr(31, 39),
  warn: sgr(33, 39),
  good: sgr(32, 39),
  bold: sgr(1, 22),
  dim: sgr(2, 22),
};

function sgr(on: number, off: number): (text: string) => string {
  return (text) => `\x1b[${on}m${text}\x1b[${off}m`;
}
