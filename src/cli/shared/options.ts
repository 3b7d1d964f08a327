import { InvalidArgumentError } from 'commander';

const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};
const LARGEST_PORT = 65_535;

/** `10ms`, `1.5s`, `2m`, `1h`, `0` → ns, whole. A bare number other than 0 names no unit and is refused. */
export function parseDurationNs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)?$/.exec(text.trim());
  const ns = match && Math.round(Number(match[1]) * (NS_PER_UNIT[match[2] ?? ''] ?? Number.NaN));
  if (match && Number(match[1]) === 0) {
    return 0;
  }
  return acceptCount(ns, 'A duration is a number and a unit: 500us, 10ms, 5s, 2m, 1h.');
}

/** `4096`, `64K`, `512M`, `4G` (powers of 1024; `KiB`, `KB`, `k` alike) → bytes. */
export function parseSizeBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = match && Math.round(Number(match[1]) * BYTES_PER_UNIT[match[2]!.toUpperCase()]!);
  return acceptCount(bytes, 'A size is bytes, or a number and a unit: 4096, 64K, 512M, 4G.');
}

export function parsePositiveInt(text: string): number {
  const value = parseCount(text);
  return value === 0 ? acceptCount(undefined, 'At least 1 is needed.') : value;
}

/** A whole number of 0 or more. */
export function parseCount(text: string): number {
  return acceptCount(/^\d+$/.test(text) ? Number(text) : undefined, 'A whole number is needed.');
}

export function parsePort(text: string): number {
  const value = parsePositiveInt(text);
  return value > LARGEST_PORT ? acceptCount(undefined, `A port is 1 to ${LARGEST_PORT}.`) : value;
}

/** `a,b` as well as repeated options → ['a', 'b']. */
export function parseList(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((word) => word.trim())].filter((word) => word !== '');
}

function acceptCount(value: number | null | undefined, expected: string): number {
  if (value === null || value === undefined || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError(expected);
  }
  return value;
}
