import { hasTerms, type Terms } from './search.ts';

/** Lines that have every word, each with its number; all of them as they are where nothing is asked for. */
export function searchLines(
  lines: readonly string[],
  terms: Terms,
): { readonly shown: string; readonly matching: number } {
  if (terms.length === 0) {
    return { shown: lines.join('\n'), matching: lines.length };
  }
  const digits = String(lines.length).length;
  const found = lines.flatMap((line, i) =>
    hasTerms(line, terms) ? [`${String(i + 1).padStart(digits)}  ${line}`] : [],
  );
  return { shown: found.join('\n'), matching: found.length };
}
