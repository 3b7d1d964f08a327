import { formatDuration } from '../../../format.ts';
import type { TimeView } from './time-view.ts';

export interface Ticks {
  readonly stepNs: number;
  readonly atNs: readonly number[];
  readonly labels: readonly string[];
  /** Where labels count from, where moments would have too many digits: `12.345678 s +`. */
  readonly base?: string;
}

const NS_PER_S = 1e9;
const NS_PER_MINUTE = 60e9;
const NS_PER_HOUR = 3600e9;
const UNITS = [
  { name: 'ns', ns: 1 },
  { name: 'µs', ns: 1e3 },
  { name: 'ms', ns: 1e6 },
  { name: 's', ns: NS_PER_S },
] as const;

/** Steps that people count time in, from where they are no longer 1, 2 and 5. */
const LONG_STEPS_NS = [
  ...[10, 15, 30].map((seconds) => seconds * NS_PER_S),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * NS_PER_MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * NS_PER_HOUR),
];
const NS_PER_DAY = 24 * NS_PER_HOUR;

const TICK_DISTANCE_PX = 76;
/** Moments of more steps than this are told by their distance from a base. */
const MOST_STEPS = 1e5;

/** Ticks at round times within the view and the capture. */
export function chooseTicks(view: TimeView, endNs: number, widthPx: number): Ticks {
  const rangeNs = view.toNs - view.fromNs;
  const stepNs = roundUpStep((rangeNs / Math.max(1, widthPx)) * TICK_DISTANCE_PX);
  const first = Math.max(0, Math.ceil(view.fromNs / stepNs));
  const last = Math.floor(Math.min(view.toNs, endNs) / stepNs);
  const atNs = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * stepNs);
  const baseNs = chooseBase(Math.max(0, view.fromNs), rangeNs, stepNs);
  const unit = chooseUnit((atNs.at(-1) ?? 0) - (baseNs ?? 0));
  const labels = atNs.map((ns) =>
    baseNs === undefined ? formatTick(ns, stepNs, unit) : `+${formatTick(ns - baseNs, stepNs, unit)}`,
  );
  return { stepNs, atNs, labels, ...(baseNs !== undefined && { base: `${formatSeconds(baseNs)} +` }) };
}

function roundUpStep(leastNs: number): number {
  if (leastNs > LONG_STEPS_NS[0]!) {
    return LONG_STEPS_NS.find((step) => step >= leastNs) ?? roundUpDecimal(leastNs / NS_PER_DAY) * NS_PER_DAY;
  }
  return Math.max(1, roundUpDecimal(leastNs));
}

/** To 1, 2 or 5 times a power of ten. */
function roundUpDecimal(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least) ?? 10;
  // A power below 1 has no exact binary form: 0.1 * 3 and the like must not come out.
  return Math.round(factor * power * 1e9) / 1e9;
}

function chooseBase(fromNs: number, rangeNs: number, stepNs: number): number | undefined {
  const endNs = fromNs + rangeNs;
  const isLong = endNs >= NS_PER_HOUR && stepNs < NS_PER_MINUTE;
  if (endNs / stepNs < MOST_STEPS && !isLong) {
    return undefined;
  }
  const gridNs = 10 ** Math.ceil(Math.log10(rangeNs));
  return Math.floor(fromNs / gridNs) * gridNs;
}

function chooseUnit(mostNs: number): (typeof UNITS)[number] {
  return UNITS.findLast(({ ns }) => mostNs >= ns) ?? UNITS[0];
}

function formatTick(ns: number, stepNs: number, unit: (typeof UNITS)[number]): string {
  if (stepNs >= NS_PER_S && ns >= NS_PER_MINUTE) {
    return formatDuration(ns);
  }
  const digits = Math.max(0, Math.ceil(Math.log10(unit.ns / stepNs) - 1e-9));
  return `${(ns / unit.ns).toFixed(digits)} ${unit.name}`;
}

/** All digits that are not zero: `12.34567 s`. */
function formatSeconds(ns: number): string {
  return `${(ns / NS_PER_S).toFixed(9).replace(/\.?0+$/, '')} s`;
}
