/** Major and minor of a `uname -r`; NaN where it is not of that form. */
export function kernelVersion(release: string): readonly [major: number, minor: number] {
  const match = /^(\d+)\.(\d+)/.exec(release);
  return match ? [Number(match[1]), Number(match[2])] : [Number.NaN, Number.NaN];
}

/** False also where the release cannot be read. */
export function isAtLeast(release: string, major: number, minor: number): boolean {
  const [a, b] = kernelVersion(release);
  return a > major || (a === major && b >= minor);
}

/** False also where the release cannot be read: an unknown kernel is taken for a new one. */
export function isBelow(release: string, major: number, minor: number): boolean {
  const [a, b] = kernelVersion(release);
  return a < major || (a === major && b < minor);
}
