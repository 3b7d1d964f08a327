import { grown } from './columns.ts';

/** Buckets of an octave: a quantile is at most 1/16 above the value that it stands for. */
const STEPS = 16;
const STEP_BITS = 4;
const HIGH_WORD = 2 ** 32;

/** What is told of many durations, all ns. Quantiles are the upper limits of their buckets, never above `maxNs`. */
export interface Latency {
  readonly count: number;
  readonly sumNs: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** Durations in buckets that are exact below 16 ns and a sixteenth of an octave wide above; count, sum and maximum are exact. */
export class Histogram {
  #counts = new Uint32Array(0);
  #count = 0;
  #sumNs = 0;
  #maxNs = 0;

  /** @param ns whole, 0 or more, below 2^53 */
  add(ns: number): void {
    const bucket = bucketOf(ns);
    if (bucket >= this.#counts.length) {
      this.#counts = grown(this.#counts, bucket + 1);
    }
    this.#counts[bucket]!++;
    this.#count++;
    this.#sumNs += ns;
    this.#maxNs = Math.max(ns, this.#maxNs);
  }

  get count(): number {
    return this.#count;
  }

  latency(): Latency {
    const [p50Ns, p90Ns, p99Ns] = [0.5, 0.9, 0.99].map((share) => this.quantileNs(share));
    return {
      count: this.#count,
      sumNs: this.#sumNs,
      p50Ns: p50Ns!,
      p90Ns: p90Ns!,
      p99Ns: p99Ns!,
      maxNs: this.#maxNs,
    };
  }

  /** The smallest bucket limit that at least this share of the durations does not exceed; 0 of nothing. */
  quantileNs(share: number): number {
    let left = Math.ceil(share * this.#count);
    for (let bucket = 0; left > 0 && bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) {
        return Math.min(upperNs(bucket), this.#maxNs);
      }
    }
    return 0;
  }
}

function bucketOf(ns: number): number {
  if (ns < STEPS) {
    return ns;
  }
  if (ns < HIGH_WORD) {
    const shift = 31 - STEP_BITS - Math.clz32(ns);
    return shift * STEPS + (ns >>> shift);
  }
  const shift = 63 - STEP_BITS - Math.clz32(Math.floor(ns / HIGH_WORD));
  // Beyond 32 bits there is no shifting; dividing by a power of two is exact, too.
  return shift * STEPS + Math.floor(ns / 2 ** shift);
}

/** Largest whole duration of a bucket. */
function upperNs(bucket: number): number {
  if (bucket < STEPS) {
    return bucket;
  }
  const shift = Math.floor(bucket / STEPS) - 1;
  const leading = bucket - shift * STEPS;
  return (leading + 1) * 2 ** shift - 1;
}
