/** Whether two tables have the same words: `['lab', 'up']`. */
export function isSameTable(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a?.length === b.length && a.every((word, i) => word === b[i]);
}
