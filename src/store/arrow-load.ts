import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { errorText, fileError, HoldwaitError, type Trace } from '../trace/index.ts';
import { MessageKind, MessageReader, readFooter, type StreamEnd } from './arrow-messages.ts';
import { ArrowTraceReader, tryParseInfo } from './arrow-read.ts';
import { ARROW_SCHEMA_VERSION } from './arrow-schema.ts';
import { FlatbufferError } from './flatbuffer.ts';
import { ARROW_CAPTURE_KEY, ARROW_SCHEMA_KEY, isArrowFile, isArrowStream } from './formats.ts';
import { readHead } from './output-file.ts';

/** Where the messages of the file format start; those of a stream start at 0. */
const FILE_MAGIC_BYTES = 8;
/** At the end of the file format: length of the footer and the magic again. */
const FILE_TRAILER_BYTES = 10;

/**
 * Loads an Arrow IPC stream or file of the capture schema, by whomever it was written: any batch size, dictionaries or
 * plain text, additional columns. A file that is cut off or damaged after its first batches gives these batches and a
 * loss `truncated` or `damaged`.
 *
 * @throws HoldwaitError (input) FILE_*, CAPTURE_FOREIGN, CAPTURE_NEWER, CAPTURE_CORRUPT
 */
export function loadArrow(path: string): Trace {
  let fd: number | undefined;
  try {
    const head = readHead(path);
    if (head === undefined) {
      throw new HoldwaitError('input', 'FILE_ENOENT', `${path} does not exist`);
    }
    if (!isArrowStream(head) && !isArrowFile(head)) {
      throw new HoldwaitError('input', 'CAPTURE_FOREIGN', `${path} is not an Arrow file`);
    }
    fd = openSync(path, 'r');
    return new ArrowLoader(path, fd).load(isArrowFile(head));
  } catch (error) {
    throw fileError(path, error);
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
    }
  }
}

class ArrowLoader {
  readonly #path: string;
  readonly #fd: number;
  readonly #sizeBytes: number;
  readonly #trace = new ArrowTraceReader();
  #batches = 0;
  #ours = false;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    this.#sizeBytes = statSync(path).size;
  }

  load(fileFormat: boolean): Trace {
    const start = fileFormat ? FILE_MAGIC_BYTES : 0;
    // The file format is a stream with a table of contents, but some writers leave the schema to that table.
    if (fileFormat && this.#firstKind(start) !== MessageKind.schema) {
      this.#addBatches(this.#checkedFile(start));
      return this.#trace.finish();
    }
    const messages = new MessageReader(this.#fd, start, this.#sizeBytes);
    this.#addBatches(bytesOf(messages));
    this.#checkEnd(messages.end);
    return this.#trace.finish();
  }

  #firstKind(start: number): number | undefined {
    const first = new MessageReader(this.#fd, start, this.#sizeBytes).messages().next();
    return first.done ? undefined : first.value.kind;
  }

  #addBatches(source: Iterable<Buffer> | Buffer): void {
    try {
      const batches = RecordBatchReader.from(source);
      for (const batch of batches as Iterable<RecordBatch>) {
        this.#addBatch(batch);
      }
    } catch (error) {
      if (error instanceof HoldwaitError || isFileFault(error)) {
        throw error;
      }
      this.#giveUp('damaged', errorText(error), error);
    }
  }

  #addBatch(batch: RecordBatch): void {
    if (this.#batches === 0) {
      this.#checkSchema(batch.schema);
    }
    this.#trace.addBatch(batch);
    this.#batches++;
  }

  #checkSchema({ metadata, fields }: Schema): void {
    const version = metadata.get(ARROW_SCHEMA_KEY);
    this.#ours = version !== undefined;
    if (version !== undefined && Number(version) > ARROW_SCHEMA_VERSION) {
      const message = `${this.#path} has schema version ${version}; this holdwait reads up to ${ARROW_SCHEMA_VERSION}`;
      const hint = 'Use the holdwait that wrote it, or a newer one.';
      throw new HoldwaitError('input', 'CAPTURE_NEWER', message, { hint });
    }
    if (!fields.some(({ name }) => name === 'type')) {
      const message = `${this.#path} is an Arrow file of something else: it has no column "type"`;
      throw new HoldwaitError('input', 'CAPTURE_FOREIGN', message);
    }
    this.#trace.setInfo(tryParseInfo(metadata.get(ARROW_CAPTURE_KEY)) ?? {});
  }

  /** Other writers may leave the end mark out; our own is missing only if the writer was stopped. */
  #checkEnd(end: StreamEnd): void {
    if (end.how === 'cut' || end.how === 'damaged') {
      this.#giveUp(end.how === 'cut' ? 'truncated' : 'damaged', end.fault);
    } else if (end.how === 'unmarked' && this.#ours) {
      this.#trace.countFault('truncated');
    }
  }

  /** What was read is kept and the rest counted; with nothing read it is an error. */
  #giveUp(reason: 'truncated' | 'damaged', fault: string, cause?: unknown): void {
    if (this.#batches === 0) {
      const hint = 'Copy it again, or record again.';
      throw new HoldwaitError('input', 'CAPTURE_CORRUPT', `${this.#path} is damaged: ${fault}`, {
        hint,
        cause,
      });
    }
    this.#trace.countFault(reason);
  }

  /** The whole file, once its table of contents names only messages that were looked at. */
  #checkedFile(start: number): Buffer {
    const messages = new MessageReader(this.#fd, start, this.#sizeBytes);
    const known = new Set<number>();
    let position = messages.position;
    for (const _ of messages.messages()) {
      known.add(position);
      position = messages.position;
    }
    try {
      if (readFooter(this.#readFooter()).some((block) => !known.has(block))) {
        this.#giveUp('damaged', 'its table of contents points to nothing');
      }
    } catch (error) {
      if (error instanceof FlatbufferError) {
        this.#giveUp('damaged', `its table of contents has ${error.message}`, error);
      }
      throw error;
    }
    return readFileSync(this.#path);
  }

  #readFooter(): Buffer {
    const trailer = this.#readAt(this.#sizeBytes - FILE_TRAILER_BYTES, FILE_TRAILER_BYTES);
    const footerBytes = trailer.readInt32LE(0);
    const position = this.#sizeBytes - FILE_TRAILER_BYTES - footerBytes;
    if (!isArrowFile(trailer.subarray(4)) || footerBytes <= 0 || position < FILE_MAGIC_BYTES) {
      this.#giveUp('truncated', 'its table of contents is missing');
    }
    return this.#readAt(position, footerBytes);
  }

  #readAt(position: number, sizeBytes: number): Buffer {
    const bytes = Buffer.alloc(sizeBytes);
    readSync(this.#fd, bytes, 0, sizeBytes, Math.max(0, position));
    return bytes;
  }
}

function* bytesOf(messages: MessageReader): Generator<Buffer> {
  for (const { bytes } of messages.messages()) {
    yield bytes;
  }
}

function isFileFault(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}
