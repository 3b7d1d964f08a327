/**
 * Text of a capture (comms, frames, labels, reasons) made safe to print. A comm is chosen by whoever runs the program:
 * it may hold escape sequences that retitle or repaint a terminal, line breaks that forge a line of the report, or
 * direction marks that show it in another order. Such characters are shown by their number.
 */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    return code <= 0xff
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u{${code.toString(16).padStart(4, '0')}}`;
  });
}

/** Controls (C0, DEL, C1), invisible and direction-changing formats, line separators, halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
