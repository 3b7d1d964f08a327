/** Quantities as a person reads them. */

const NS_PER_US = 1e3;
const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;
const S_PER_MINUTE = 60;
const S_PER_HOUR = 3600;
const MINUTES_PER_DAY = 1440;

/** Three digits that mean something, then two whole units: `812 µs`, `4.21 s`, `2 min 5 s`, `3 h 20 min`. */
export function formatDuration(ns: number): string {
  if (ns < NS_PER_US) {
    return `${Math.round(ns)} ns`;
  }
  // The limits lie where rounding would print 1000 of the smaller unit.
  if (ns < 999.5 * NS_PER_US) {
    return `${threeDigits(ns / NS_PER_US)} µs`;
  }
  if (ns < 999.5 * NS_PER_MS) {
    return `${threeDigits(ns / NS_PER_MS)} ms`;
  }
  if (ns < 59.95 * NS_PER_S) {
    return `${threeDigits(ns / NS_PER_S)} s`;
  }
  return formatLong(Math.round(ns / NS_PER_S));
}

function formatLong(seconds: number): string {
  if (seconds < S_PER_HOUR) {
    return twoUnits(seconds, S_PER_MINUTE, 'min', 's');
  }
  const minutes = Math.round(seconds / S_PER_MINUTE);
  if (minutes < MINUTES_PER_DAY) {
    return twoUnits(minutes, S_PER_MINUTE, 'h', 'min');
  }
  return twoUnits(Math.round(minutes / S_PER_MINUTE), 24, 'd', 'h');
}

function twoUnits(value: number, large: number, largeName: string, smallName: string): string {
  const rest = value % large;
  return rest === 0
    ? `${Math.floor(value / large)} ${largeName}`
    : `${Math.floor(value / large)} ${largeName} ${rest} ${smallName}`;
}

function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

const SIZE_UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Three digits that mean something: `812 B`, `4.21 MiB`. */
export function formatSize(bytes: number): string {
  let unit = '';
  let value = bytes;
  for (const next of SIZE_UNITS) {
    if (value < 1000) {
      break;
    }
    value /= 1024;
    unit = next;
  }
  return unit === '' ? `${value} B` : `${threeDigits(value)} ${unit}`;
}

/** A moment of a capture, to the µs: `12.345678 s`. */
export function formatMoment(ns: number): string {
  return `${(ns / NS_PER_S).toFixed(6)} s`;
}

/** A part of a whole: `42 %`, `0.3 %`. */
export function formatShare(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (100 * part) / whole;
  return `${percent > 0 && percent < 10 ? Math.max(0.1, percent).toFixed(1) : Math.round(percent)} %`;
}

/** 1234567 → `1,234,567`; the same on every machine, whatever its locale. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 wait`, `3 waits`. */
export function formatPlural(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}
