import { grown } from '../wait-times/columns.ts';

/** Candidates for each span that is kept: which tasks matter is known at the end, and theirs are chosen among these. */
const CANDIDATES = 2;
/** Times as many may be in memory before the shortest are thrown away: doing it for each span would be slow. */
const SLACK = 2;

const CLOSED = 0;
const OPEN = 1;

/** Columns of the same length. */
export type SpanRows<F extends string> = Readonly<Record<F | 'beginNs' | 'durationNs', readonly number[]>>;

/**
 * The longest of any number of spans, and all open ones, in memory for four times as many as are kept. Of spans of the same
 * length, those that came first. Beside its times a span has whole numbers, in fields that the owner of the pool names.
 */
export class SpanPool<F extends string> {
  readonly #keep: number;
  readonly #fields: readonly F[];
  readonly #columns: Record<F, Int32Array>;
  #beginNs = new Float64Array(0);
  #durationNs = new Float64Array(0);
  #isOpen = new Uint8Array(0);
  #rows = 0;
  #openRows = 0;
  #added = 0;
  #addedNs = 0;

  /** @param keep spans that select() gives, unless more are open */
  constructor(keep: number, fields: readonly F[]) {
    this.#keep = keep;
    this.#fields = fields;
    this.#columns = Object.fromEntries(fields.map((field) => [field, new Int32Array(0)])) as Record<
      F,
      Int32Array
    >;
  }

  add(beginNs: number, durationNs: number, isOpen: boolean, fields: Readonly<Record<F, number>>): void {
    if (this.#rows - this.#openRows >= this.#keep * CANDIDATES * SLACK) {
      this.#throwAway();
    }
    const row = this.#rows++;
    this.#beginNs = grown(this.#beginNs, this.#rows);
    this.#durationNs = grown(this.#durationNs, this.#rows);
    this.#isOpen = grown(this.#isOpen, this.#rows);
    this.#beginNs[row] = beginNs;
    this.#durationNs[row] = durationNs;
    this.#isOpen[row] = isOpen ? OPEN : CLOSED;
    for (const field of this.#fields) {
      this.#columns[field] = grown(this.#columns[field], this.#rows);
      this.#columns[field][row] = fields[field];
    }
    this.#openRows += isOpen ? 1 : 0;
    this.#added++;
    this.#addedNs += durationNs;
  }

  /**
   * What is kept: the open spans, then the longest of those that are preferred, then the longest of the others.
   *
   * @param isPreferred whether a span with this number in the field matters more than longer ones without
   */
  select(field: F, isPreferred: (number: number) => boolean): SpanRows<F> {
    this.#throwAway();
    const column = this.#columns[field];
    const rank = Uint8Array.from({ length: this.#rows }, (_, row) => (isPreferred(column[row]!) ? 0 : 1));
    const rows = this.#rowsThat(CLOSED).sort(
      (a, b) => rank[a]! - rank[b]! || this.#durationNs[b]! - this.#durationNs[a]! || a - b,
    );
    rows.length = Math.min(rows.length, Math.max(0, this.#keep - this.#openRows));
    return this.#take(this.#rowsThat(OPEN).concat(rows));
  }

  /** What was added and is not among the given. */
  omitted({ durationNs }: SpanRows<F>): { count: number; ns: number } {
    return {
      count: this.#added - durationNs.length,
      ns: durationNs.reduce((left, ns) => left - ns, this.#addedNs),
    };
  }

  #take(rows: readonly number[]): SpanRows<F> {
    const take = (column: Int32Array | Float64Array) => rows.map((row) => column[row]!);
    const fields = this.#fields.map((field) => [field, take(this.#columns[field])]);
    return {
      ...Object.fromEntries(fields),
      beginNs: take(this.#beginNs),
      durationNs: take(this.#durationNs),
    };
  }

  #rowsThat(isOpen: typeof OPEN | typeof CLOSED): number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.#rows; row++) {
      if (this.#isOpen[row] === isOpen) {
        rows.push(row);
      }
    }
    return rows;
  }

  /** Leaves as many closed spans as may still be chosen; in the order in which they came. */
  #throwAway(): void {
    const most = this.#keep * CANDIDATES;
    if (this.#rows - this.#openRows <= most) {
      return;
    }
    const { leastNs, ties } = this.#findLeast(most);
    let left = ties;
    let to = 0;
    for (let row = 0; row < this.#rows; row++) {
      const ns = this.#durationNs[row]!;
      if (this.#isOpen[row] === OPEN || ns > leastNs || (ns === leastNs && left-- > 0)) {
        this.#move(row, to++);
      }
    }
    this.#rows = to;
  }

  /** The shortest duration among the `most` longest, and how many of those are exactly that long. */
  #findLeast(most: number): { leastNs: number; ties: number } {
    const durations = Float64Array.from(this.#rowsThat(CLOSED), (row) => this.#durationNs[row]!).sort();
    const first = durations.length - most;
    const leastNs = durations[first] ?? Number.POSITIVE_INFINITY;
    return { leastNs, ties: durations.lastIndexOf(leastNs) - first + 1 };
  }

  #move(from: number, to: number): void {
    this.#beginNs[to] = this.#beginNs[from]!;
    this.#durationNs[to] = this.#durationNs[from]!;
    this.#isOpen[to] = this.#isOpen[from]!;
    for (const field of this.#fields) {
      this.#columns[field][to] = this.#columns[field][from]!;
    }
  }
}
