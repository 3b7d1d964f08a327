/** OpenSSH patterns: `*` any run of characters, `?` exactly one. */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** True if a pattern matches and no `!pattern` does: one negated match outweighs all others. */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  const negated = patterns.filter((each) => each.startsWith('!')).map((each) => each.slice(1));
  if (negated.some((pattern) => matchesPattern(pattern, text))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, text));
}
