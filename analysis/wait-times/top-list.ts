/** Kept of a list that everything was asked of: it is for people, and its rows hold stacks. */
const MOST_ROWS = 1000;

/** The rows with the most time of all that were offered. */
export class TopList<T> {
  readonly #limit: number;
  readonly #rows: { readonly ns: number; readonly row: T }[] = [];
  #offered = 0;

  /** @param limit 0 = as many as may be */
  constructor(limit: number) {
    this.#limit = limit === 0 ? MOST_ROWS : limit;
  }

  get offered(): number {
    return this.#offered;
  }

  /** Whether a row with this much time would be kept: ask before making one. */
  accepts(ns: number): boolean {
    return this.#rows.length < this.#limit || ns > this.#rows.at(-1)!.ns;
  }

  /** Counts a row that is not kept. */
  skip(): void {
    this.#offered++;
  }

  offer(ns: number, row: T): void {
    this.#offered++;
    if (!this.accepts(ns)) {
      return;
    }
    let at = this.#rows.length;
    while (at > 0 && this.#rows[at - 1]!.ns < ns) {
      at--;
    }
    this.#rows.splice(at, 0, { ns, row });
    this.#rows.length = Math.min(this.#rows.length, this.#limit);
  }

  rows(): T[] {
    return this.#rows.map(({ row }) => row);
  }

  copy(): TopList<T> {
    const copy = new TopList<T>(this.#limit);
    copy.#rows.push(...this.#rows);
    copy.#offered = this.#offered;
    return copy;
  }
}
