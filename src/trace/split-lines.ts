const LINE_FEED = 0x0a;

/** One line without its line feed; undefined `text` = it was longer than the limit and is not kept. */
export interface Line {
  readonly text: string | undefined;
  /** False for a last line without a line feed: what wrote it may have been cut off. */
  readonly ended: boolean;
}

/**
 * Splits a stream of bytes into lines, given out by the chunk. Works on bytes, so that a character cut by a chunk's edge stays whole, and keeps
 * no more than one line of at most `maxBytes`.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): AsyncGenerator<Line[]> {
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  const keep = (part: Uint8Array) => {
    sizeBytes += part.length;
    if (sizeBytes <= maxBytes && part.length > 0) {
      parts.push(part);
    }
  };
  const takeLine = (ended: boolean): Line => {
    const text = sizeBytes > maxBytes ? undefined : Buffer.concat(parts, sizeBytes).toString();
    parts = [];
    sizeBytes = 0;
    return { text, ended };
  };
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      keep(bytes.subarray(start, end));
      lines.push(takeLine(true));
      start = end + 1;
    }
    keep(bytes.subarray(start));
    yield lines;
  }
  if (sizeBytes > 0) {
    yield [takeLine(false)];
  }
}
