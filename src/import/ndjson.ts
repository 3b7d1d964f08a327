import { open } from 'node:fs/promises';
import {
  type AsyncTraceSteps,
  addRecord,
  type CaptureInfo,
  createSource,
  decodeCaptureInfo,
  fileError,
  HoldwaitError,
  type Line,
  MAX_LINE_BYTES,
  NDJSON_SCHEMA,
  splitLines,
  type Trace,
  TraceBuilder,
  type TraceSource,
} from '../trace/index.ts';

/**
 * Reads events in the contract's form, one JSON object a line, from a file or a stream of bytes. Lines that cannot be
 * taken are counted as losses (`unparsable_line`, `bad_record`, `unknown_event`, `truncated`) and the rest is used.
 * Times stay as they are in the file.
 *
 * @throws HoldwaitError (input) NOT_NDJSON if no line at all can be taken; CAPTURE_NEWER; FILE_*
 */
export async function importNdjson(source: AsyncIterable<Uint8Array | string> | string): Promise<Trace> {
  const builder = new TraceBuilder();
  const steps =
    typeof source === 'string'
      ? readFile(source, {}, builder)
      : readNdjson(source, 'the input', builder, () => undefined);
  let step = await steps.next();
  while (!step.done) {
    step = await steps.next();
  }
  return builder.finish(step.value);
}

/** The same file batch by batch. Every reading ends where the file ended when the first one began. */
export function openNdjson(path: string): TraceSource {
  const extent: Extent = {};
  return createSource((builder) => readFile(path, extent, builder));
}

interface Extent {
  sizeBytes?: number;
}

async function* readFile(path: string, extent: Extent, builder: TraceBuilder): AsyncTraceSteps {
  try {
    await using file = await open(path);
    extent.sizeBytes ??= (await file.stat()).size;
    const { sizeBytes } = extent;
    // A pipe has no size, but an end. The file is closed here, where it is waited for.
    const bytes = file.createReadStream({
      autoClose: false,
      ...(sizeBytes === 0 ? {} : { start: 0, end: sizeBytes - 1 }),
    });
    const share = () => (sizeBytes === 0 ? undefined : bytes.bytesRead / sizeBytes);
    return yield* readNdjson(bytes, path, builder, share);
  } catch (error) {
    throw fileError(path, error);
  }
}

async function* readNdjson(
  bytes: AsyncIterable<Uint8Array | string>,
  name: string,
  builder: TraceBuilder,
  share: () => number | undefined,
): AsyncTraceSteps {
  const importer = new NdjsonImporter(name, builder);
  for await (const lines of splitLines(bytes, MAX_LINE_BYTES)) {
    for (const line of lines) {
      importer.addLine(line);
    }
    yield share();
  }
  return importer.finish();
}

/** Whether any line of the head could be a JSON object: what stands before it is counted, not refused. */
export function isNdjson(head: Buffer): boolean {
  return /^(\ufeff)?[ \t]*\{[ \t]*"/m.test(head.toString());
}

class NdjsonImporter {
  readonly #name: string;
  readonly #builder: TraceBuilder;
  readonly #faults = new Map<string, { tsNs: number; count: number }>();
  readonly #openAttachments = new Map<string, string[]>();
  #info: CaptureInfo = {};
  #lines = 0;
  #taken = 0;

  constructor(name: string, builder: TraceBuilder) {
    this.#name = name;
    this.#builder = builder;
  }

  addLine(line: Line): void {
    const text = this.#lines === 0 ? line.text?.replace(/^\ufeff/, '') : line.text;
    if (text?.trim() === '') {
      return;
    }
    this.#lines++;
    const fault = text === undefined ? 'unparsable_line' : this.#tryAdd(text, line.ended);
    if (fault === undefined) {
      this.#taken++;
    } else {
      this.#countFault(fault);
    }
  }

  finish(): CaptureInfo {
    if (this.#taken === 0) {
      const message = `${this.#name} has no event: none of its ${this.#lines} lines is a record of the NDJSON contract`;
      const hint =
        'Lines look like {"type":"wait_begin","ts":0,"tid":1,"kind":"mutex","res":"0x1"}; see FORMAT.md.';
      throw new HoldwaitError('input', 'NOT_NDJSON', message, { hint });
    }
    for (const name of this.#openAttachments.keys()) {
      this.#closeAttachment(name);
    }
    for (const [reason, { tsNs, count }] of this.#faults) {
      this.#builder.addLoss({ tsNs, count, reason });
    }
    return this.#info;
  }

  /** The reason the line is lost; undefined = taken. */
  #tryAdd(text: string, ended: boolean): string | undefined {
    let value: unknown;
    try {
      value = parseLine(text);
    } catch {
      return ended ? 'unparsable_line' : 'truncated';
    }
    const type = (value as { type?: unknown } | null)?.type;
    if (type === 'capture' && this.#lines === 1) {
      this.#readHeader(value as Record<string, unknown>);
      return undefined;
    }
    return type === 'attachment' ? this.#addAttachment(value as object) : addRecord(this.#builder, value);
  }

  #readHeader(header: Record<string, unknown>): void {
    const { schema } = header;
    if (schema !== undefined && schema !== NDJSON_SCHEMA) {
      const message = `${this.#name} has schema ${JSON.stringify(schema)}; this holdwait reads ${NDJSON_SCHEMA}`;
      const hint = 'Use the holdwait that wrote it, or a newer one.';
      throw new HoldwaitError('input', 'CAPTURE_NEWER', message, { hint });
    }
    this.#info = decodeCaptureInfo(header);
  }

  #addAttachment(record: { name?: unknown; text?: unknown; more?: unknown }): string | undefined {
    const { name, text, more } = record;
    if (typeof name !== 'string' || typeof text !== 'string') {
      return 'bad_record';
    }
    const parts = this.#openAttachments.get(name) ?? [];
    parts.push(text);
    this.#openAttachments.set(name, parts);
    if (more !== true) {
      this.#closeAttachment(name);
    }
    return undefined;
  }

  #closeAttachment(name: string): void {
    const text = this.#openAttachments.get(name)!.join('');
    this.#builder.addAttachment({ name: name.toWellFormed(), text: text.toWellFormed() });
    this.#openAttachments.delete(name);
  }

  #countFault(reason: string): void {
    const fault = this.#faults.get(reason) ?? { tsNs: this.#builder.latestNs, count: 0 };
    fault.count++;
    this.#faults.set(reason, fault);
  }
}

/** Half a pair of surrogates can only come as an escape: bytes have none. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/**
 * No other format can store half a pair, and strict readers of an export refuse it. An attachment is looked at when it is
 * whole.
 */
function parseLine(text: string): unknown {
  const value = JSON.parse(text);
  return SURROGATE.test(text) && value?.type !== 'attachment'
    ? JSON.parse(text, (_, part) => (typeof part === 'string' ? part.toWellFormed() : part))
    : value;
}
