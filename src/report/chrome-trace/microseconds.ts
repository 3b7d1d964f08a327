/** The unit of the format; a nanosecond is a thousandth. */
export function toMicroseconds(ns: number): number {
  return ns / 1e3;
}

/** What a slice is too short by; readers that know nanoseconds round it away. */
const GAP_NS = 0.1;
/** Of a µs that are written: to a tenth of a ns. */
const DECIMALS = 4;

/**
 * When a slice is and how long, µs. Some readers add the two as floating-point numbers, and the sum must not come out behind
 * the begin of a slice that follows at once.
 */
export function toTimes(beginNs: number, durationNs: number): { readonly ts: number; readonly dur: number } {
  const dur = toMicroseconds(Math.max(0, durationNs - GAP_NS));
  return { ts: toMicroseconds(beginNs), dur: Number(dur.toFixed(DECIMALS)) };
}
