import type { Attachment, CaptureInfo } from './capture-info.ts';
import { CAPTURE_FIELDS } from './decode-info.ts';
import { eventRecord, type TraceRecord, traceRecords } from './record.ts';
import type { Trace, TraceBatch } from './trace.ts';

/** The header line's `schema`; see FORMAT.md. */
export const NDJSON_SCHEMA = 'holdwait.events/1';

/** Longest line that is read, bytes; nothing we write comes near it. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Characters of one attachment line: at 3 bytes a character, or 6 for an escape, still below MAX_LINE_BYTES. */
const ATTACHMENT_CHARS = 128 * 1024;

/** The trace as lines of the interchange contract, each with its line feed: header, attachments, records in time order. */
export function* writeNdjson(trace: Trace): Generator<string> {
  yield* writeNdjsonHead(trace);
  for (const record of traceRecords(trace)) {
    yield writeNdjsonRecord(record);
  }
}

/** Header and attachments: the lines before the first record. */
export function* writeNdjsonHead({
  info,
  attachments,
}: Pick<Trace, 'info' | 'attachments'>): Generator<string> {
  yield writeNdjsonHeader(info);
  yield* writeAttachments(attachments);
}

/** A record's line, with its line feed. */
export function writeNdjsonRecord(record: TraceRecord): string {
  return line(record);
}

/** The first line, with its line feed. */
export function writeNdjsonHeader(info: CaptureInfo): string {
  const header: Record<string, unknown> = { type: 'capture', schema: NDJSON_SCHEMA };
  for (const name of CAPTURE_FIELDS) {
    header[name] = info[name];
  }
  return line(header);
}

/** What is new in a batch as lines: attachments, tasks, losses, then events in order of arrival. */
export function* writeNdjsonBatch(
  { events, tasks, losses, attachments }: TraceBatch,
  tables: Pick<Trace, 'resources' | 'stacks'>,
): Generator<string> {
  yield* writeAttachments(attachments);
  for (const { tid, pid, comm, fromNs } of tasks) {
    yield line({ type: 'task', ts: fromNs, tid, pid, comm });
  }
  for (const { tsNs, count, reason } of losses) {
    yield line({ type: 'loss', ts: tsNs, count, reason });
  }
  for (let i = 0; i < events.length; i++) {
    yield line(eventRecord(tables, events, i));
  }
}

function* writeAttachments(attachments: readonly Attachment[]): Generator<string> {
  for (const { name, text } of attachments) {
    let from = 0;
    do {
      const to = pieceEnd(text, from);
      yield line({
        type: 'attachment',
        name,
        text: text.slice(from, to),
        more: to < text.length || undefined,
      });
      from = to;
    } while (from < text.length);
  }
}

/** Not in the middle of a character: strict readers refuse half of one. */
function pieceEnd(text: string, from: number): number {
  const end = from + ATTACHMENT_CHARS;
  const isMiddle = end < text.length && text.codePointAt(end - 1)! > 0xffff;
  return isMiddle ? end - 1 : end;
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}
