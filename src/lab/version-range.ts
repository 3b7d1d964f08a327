/** Kernel releases from `from` on and before `until`; either may be open. */
export interface VersionRange {
  readonly from?: string;
  readonly until?: string;
}

/** `6.1`, `6.12.107`: numbers and dots, so that the order is plain. */
export function isVersion(text: string): boolean {
  return /^\d+(\.\d+)*$/.test(text);
}

/** Negative, 0 or positive; `6.1` comes before `6.1.1`, and what follows the numbers (`6.1.0-56-amd64`) does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionNumbers(a), versionNumbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

export function isInRange(version: string, { from, until }: VersionRange): boolean {
  return (
    (from === undefined || compareVersions(version, from) >= 0) &&
    (until === undefined || compareVersions(version, until) < 0)
  );
}

function versionNumbers(version: string): readonly number[] {
  const [numbers] = /^\d+(\.\d+)*/.exec(version) ?? [''];
  return numbers.split('.').map(Number);
}
