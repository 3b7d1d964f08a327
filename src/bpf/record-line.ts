/**
 * One record of the bundled scripts: a word, `key=value` fields, then the raw stack addresses one a line, then `|` and
 * the comm, which comes last because it may hold any character.
 */
export interface RecordLine {
  readonly word: string;
  readonly fields: RecordFields;
  /** As it was printed; CapturedStacks reads it. */
  readonly stack: string;
  readonly comm: string | undefined;
}

/** The fields of a record. There are a dozen at most: looking through them costs less than a Map does to make. */
export class RecordFields {
  readonly #pairs: readonly string[];

  /** @param pairs `key=value` each, after the record's word */
  constructor(pairs: readonly string[]) {
    this.#pairs = pairs;
  }

  /** The first of its name counts. */
  get(name: string): string | undefined {
    const pairs = this.#pairs;
    for (let i = 1; i < pairs.length; i++) {
      const pair = pairs[i]!;
      if (pair.charCodeAt(name.length) === EQUALS && pair.startsWith(name)) {
        return pair.slice(name.length + 1);
      }
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}

const EQUALS = '='.charCodeAt(0);

/** undefined = not of this form. */
export function decodeRecordLine(text: string): RecordLine | undefined {
  const bar = text.indexOf('|');
  // The script's own line feed; any other belongs to the name.
  const comm = bar < 0 ? undefined : text.slice(bar + 1, text.endsWith('\n') ? -1 : undefined);
  const body = bar < 0 ? text : text.slice(0, bar);
  const headEnd = body.indexOf('\n');
  const head = headEnd < 0 ? body : body.slice(0, headEnd);
  const pairs = head.trim().split(' ');
  const word = pairs[0]!;
  for (let i = 1; i < pairs.length; i++) {
    if (pairs[i]!.indexOf('=') < 1) {
      return undefined;
    }
  }
  const stack = headEnd < 0 ? '' : body.slice(headEnd + 1);
  return /^[a-z]+$/.test(word) ? { word, fields: new RecordFields(pairs), stack, comm } : undefined;
}

const ZERO = '0'.charCodeAt(0);
const MAX_COUNT_DIGITS = 15;

/** A decimal field; undefined = missing or of another form. Read by hand: a regular expression and a conversion cost thrice. */
export function toCount(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > MAX_COUNT_DIGITS) {
    return undefined;
  }
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) {
      return undefined;
    }
    count = count * 10 + digit;
  }
  return count;
}
