/** The function of a stack frame, without offset, module and the suffixes compilers add to copies of a function. */
export function functionName(frame: string): string {
  return frame.replace(/[+ ].*$/s, '').replace(/(\.(isra|part|constprop|cold|llvm)(\.\d+)?)+$/, '');
}

/**
 * How much of a pattern a stack shows: the longest run of entries found in the pattern's own order, gaps allowed on
 * both sides, as a share of the pattern; 1 for an empty pattern.
 *
 * @param functions innermost first
 * @param pattern each entry lists the names of one function
 */
export function scoreFrames(functions: readonly string[], pattern: readonly (readonly string[])[]): number {
  if (pattern.length === 0) {
    return 1;
  }
  // best[k]: most entries found in order among the frames so far and the first k entries of the pattern.
  const best = new Array<number>(pattern.length + 1).fill(0);
  for (const name of functions) {
    let before = 0;
    for (let k = 1; k <= pattern.length; k++) {
      const above = best[k]!;
      best[k] = pattern[k - 1]!.includes(name) ? before + 1 : Math.max(above, best[k - 1]!);
      before = above;
    }
  }
  return best[pattern.length]! / pattern.length;
}

/** Whether a stack shows every entry of a pattern, in the pattern's order, gaps allowed. */
export function showsFrames(functions: readonly string[], pattern: readonly (readonly string[])[]): boolean {
  let found = 0;
  for (const name of functions) {
    found += pattern[found]?.includes(name) ? 1 : 0;
  }
  return found === pattern.length;
}
