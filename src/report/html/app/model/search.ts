/** What is typed into the filter, as words that must all be found; the order and the case of letters do not matter. */
export type Terms = readonly string[];

export function parseQuery(query: string): Terms {
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
}

/** Whether a text has every word. */
export function hasTerms(text: string, terms: Terms): boolean {
  const folded = text.toLowerCase();
  return terms.every((term) => folded.includes(term));
}

/** For a list of texts: for each term, which of the texts have it. */
export function findTerms(texts: readonly string[], terms: Terms): readonly Uint8Array[] {
  const folded = terms.length === 0 ? [] : texts.map((text) => text.toLowerCase());
  return terms.map((term) => Uint8Array.from(folded, (text) => (text.includes(term) ? 1 : 0)));
}
