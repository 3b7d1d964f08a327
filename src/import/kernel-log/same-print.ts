import type { LogLine } from './log-line.ts';

/** Stamps are not quite in order where several CPUs print, and far apart where the console is slow. */
const SKEW_NS = 0.1e9;
const GAP_NS = 10e9;

/**
 * Whether a line can belong to what is being printed: a stack or a list comes in one go, so a line with quite another
 * stamp comes from another log, or from another time.
 *
 * @param lastNs stamp of the newest line of it
 */
export function isSamePrint(lastNs: number | undefined, { tsNs }: LogLine): boolean {
  return lastNs === undefined || tsNs === undefined || (tsNs >= lastNs - SKEW_NS && tsNs <= lastNs + GAP_NS);
}
