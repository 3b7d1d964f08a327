import { formatCount } from './format.ts';

/** Of one text in a report, characters. The kernel's own names end far below, explanations of signatures below it. */
const LONGEST_TEXT = 1000;

/**
 * Text of a capture (comms, frames, labels, reasons) made safe to print. A comm is chosen by whoever runs the program:
 * it may hold escape sequences that retitle or repaint a terminal, line breaks that forge a line of the report, or
 * direction marks that show it in another order. Such characters are shown by their number. A text that would be a report
 * by itself is cut, and says how long it was.
 */
export function escapeText(text: string): string {
  return escapeWithin(text, LONGEST_TEXT);
}

/** escapeText() with another limit, in characters of the text. */
export function escapeWithin(text: string, most: number): string {
  if (text.length <= most) {
    return escapeWhole(text);
  }
  // Not in the middle of a character.
  const head = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return `${escapeWhole(head)}… (${formatCount(text.length)} characters)`;
}

/** escapeText() for what other programs read: of any length. */
export function escapeWhole(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    return code <= 0xff
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u{${code.toString(16).padStart(4, '0')}}`;
  });
}

/** Controls (C0, DEL, C1), invisible and direction-changing formats, line separators, halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
