/**
 * One record of the bundled scripts: a word, `key=value` fields, then the raw stack addresses one a line, then `|` and
 * the comm, which comes last because it may hold any character.
 */
export interface RecordLine {
  readonly word: string;
  readonly fields: ReadonlyMap<string, string>;
  /** Return addresses in hex digits, innermost first. */
  readonly addresses: readonly string[];
  readonly comm: string | undefined;
}

/** undefined = not of this form. */
export function decodeRecordLine(text: string): RecordLine | undefined {
  const bar = text.indexOf('|');
  // The script's own line feed; any other belongs to the name.
  const comm = bar < 0 ? undefined : text.slice(bar + 1).replace(/\n$/, '');
  const [head = '', ...rest] = (bar < 0 ? text : text.slice(0, bar)).split('\n');
  const [word = '', ...pairs] = head.trim().split(' ');
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) {
      return undefined;
    }
    fields.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const addresses = rest.map((line) => line.trim()).filter((line) => line !== '');
  const wellFormed = /^[a-z]+$/.test(word) && addresses.every((address) => /^[0-9a-f]+$/.test(address));
  return wellFormed ? { word, fields, addresses, comm } : undefined;
}

/** A decimal field; undefined = missing or of another form. */
export function toCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
