/** The part of a capture that counts, ns since its start. */
export class TimeWindow {
  readonly sinceNs: number;
  readonly untilNs: number;

  constructor(sinceNs = 0, untilNs = Number.POSITIVE_INFINITY) {
    this.sinceNs = sinceNs;
    this.untilNs = untilNs;
  }

  clamp(ns: number): number {
    return Math.min(Math.max(ns, this.sinceNs), this.untilNs);
  }

  has(ns: number): boolean {
    return ns >= this.sinceNs && ns <= this.untilNs;
  }

  /** How much of a stretch of time is in the window. */
  lengthNs(fromNs: number, toNs: number): number {
    return Math.max(0, this.clamp(toNs) - this.clamp(fromNs));
  }

  /** Whether some of it is, be it one moment. */
  meets(fromNs: number, toNs: number): boolean {
    return toNs >= this.sinceNs && fromNs <= this.untilNs;
  }
}
