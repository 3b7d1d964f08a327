/**
 * One word for `sh`, and for the login shells people have: bash, zsh, ksh, dash, fish. Backslashes stay outside the
 * quotes because fish, unlike sh, reads them inside single quotes too.
 */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const parts = word.split(/([\\']+)/).filter((part) => part !== '');
  return parts.map(quotePart).join('') || "''";
}

/** The words of one command, each quoted, as a line for a shell. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

function quotePart(part: string): string {
  return /^[\\']/.test(part) ? part.replace(/[\\']/g, '\\$&') : `'${part}'`;
}
