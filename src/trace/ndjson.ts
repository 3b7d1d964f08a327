import { CAPTURE_FIELDS } from './decode-info.ts';
import { traceRecords } from './record.ts';
import type { Trace } from './trace.ts';

/** The header line's `schema`; see FORMAT.md. */
export const NDJSON_SCHEMA = 'holdwait.events/1';

/** Longest line that is read, bytes; nothing we write comes near it. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Characters of one attachment line: at 3 bytes a character, or 6 for an escape, still below MAX_LINE_BYTES. */
const ATTACHMENT_CHARS = 128 * 1024;

/** The trace as lines of the interchange contract, each with its line feed: header, attachments, records in time order. */
export function* writeNdjson(trace: Trace): Generator<string> {
  yield line(headerRecord(trace));
  for (const { name, text } of trace.attachments) {
    for (let i = 0; i === 0 || i < text.length; i += ATTACHMENT_CHARS) {
      const more = i + ATTACHMENT_CHARS < text.length ? true : undefined;
      yield line({ type: 'attachment', name, text: text.slice(i, i + ATTACHMENT_CHARS), more });
    }
  }
  for (const record of traceRecords(trace)) {
    yield line(record);
  }
}

function headerRecord({ info }: Trace): Record<string, unknown> {
  const header: Record<string, unknown> = { type: 'capture', schema: NDJSON_SCHEMA };
  for (const name of CAPTURE_FIELDS) {
    header[name] = info[name];
  }
  return header;
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}
