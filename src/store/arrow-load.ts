import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Schema } from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import { Message } from 'apache-arrow/ipc/metadata/message';
import {
  createSource,
  errorText,
  fileError,
  HoldwaitError,
  missingFileError,
  readWhole,
  type Trace,
  type TraceBuilder,
  type TraceSource,
  type TraceSteps,
} from '../trace/index.ts';
import { BatchDecoder, CompressedError } from './arrow-batches.ts';
import {
  type ArrowMessage,
  checkFooter,
  MessageKind,
  MessageReader,
  type StreamEnd,
} from './arrow-messages.ts';
import { ArrowTraceReader, tryParseInfo } from './arrow-read.ts';
import { ARROW_SCHEMA_VERSION, isReadColumn } from './arrow-schema.ts';
import { FlatbufferError } from './flatbuffer.ts';
import { ARROW_CAPTURE_KEY, ARROW_SCHEMA_KEY, FOREIGN_HINT, isArrowFile, isArrowStream } from './formats.ts';
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
  return readWhole((builder) => readArrow(path, builder));
}

/** The same batch by batch. Every reading ends where the file ended when the first one began. */
export function openArrow(path: string): TraceSource {
  let sizeBytes: number | undefined;
  const read = (builder: TraceBuilder) => {
    sizeBytes ??= statSync(path, { throwIfNoEntry: false })?.size;
    return readArrow(path, builder, sizeBytes);
  };
  return createSource(read);
}

function* readArrow(path: string, builder: TraceBuilder, sizeBytes?: number): TraceSteps {
  let fd: number | undefined;
  try {
    const head = readHead(path);
    if (head === undefined) {
      throw missingFileError(path);
    }
    if (!isArrowStream(head) && !isArrowFile(head)) {
      throw new HoldwaitError('input', 'CAPTURE_FOREIGN', `${path} is not an Arrow file`, {
        hint: FOREIGN_HINT,
      });
    }
    fd = openSync(path, 'r');
    const loader = new ArrowLoader(path, fd, sizeBytes ?? fstatSync(fd).size, builder);
    return yield* loader.load(isArrowFile(head));
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
  readonly #trace: ArrowTraceReader;
  #decoder: BatchDecoder | undefined;
  #ours = false;

  constructor(path: string, fd: number, sizeBytes: number, builder: TraceBuilder) {
    this.#path = path;
    this.#fd = fd;
    this.#sizeBytes = sizeBytes;
    this.#trace = new ArrowTraceReader(builder);
  }

  *load(fileFormat: boolean): TraceSteps {
    const messages = new MessageReader(this.#fd, fileFormat ? FILE_MAGIC_BYTES : 0, this.#sizeBytes);
    try {
      for (const message of messages.messages()) {
        for (const _ of this.#addMessage(message, fileFormat)) {
          yield messages.position / this.#sizeBytes;
        }
      }
    } catch (error) {
      if (error instanceof HoldwaitError || isFileFault(error)) {
        throw error;
      }
      this.#giveUp('damaged', errorText(error), error);
      return this.#trace.finish();
    }
    this.#checkEnd(messages.end);
    return this.#trace.finish();
  }

  *#addMessage(message: ArrowMessage, fileFormat: boolean): Generator<void> {
    if (message.kind === MessageKind.schema) {
      this.#useSchema(Message.decode(message.header).header() as unknown as Schema);
      return;
    }
    // The file format is a stream with a table of contents, but some writers leave the schema to that table.
    if (this.#decoder === undefined && fileFormat) {
      this.#useSchema(this.#readFooterSchema());
    }
    const batch = this.#decoder?.decode(message);
    if (batch !== undefined) {
      yield* this.#trace.addBatch(batch);
    }
  }

  #useSchema(schema: Schema): void {
    const version = schema.metadata.get(ARROW_SCHEMA_KEY);
    this.#ours = version !== undefined;
    if (version !== undefined && Number(version) > ARROW_SCHEMA_VERSION) {
      const message = `${this.#path} has schema version ${version}; this holdwait reads up to ${ARROW_SCHEMA_VERSION}`;
      const hint = 'Use the holdwait that wrote it, or a newer one.';
      throw new HoldwaitError('input', 'CAPTURE_NEWER', message, { hint });
    }
    if (!schema.fields.some(({ name }) => name === 'type')) {
      const message = `${this.#path} is an Arrow file of something else: it has no column "type"`;
      throw new HoldwaitError('input', 'CAPTURE_FOREIGN', message, { hint: FOREIGN_HINT });
    }
    this.#trace.setInfo(tryParseInfo(schema.metadata.get(ARROW_CAPTURE_KEY)) ?? {});
    this.#decoder = new BatchDecoder(schema, isReadColumn);
  }

  /** Other writers may leave the end mark out; our own is missing only if the writer was stopped. */
  #checkEnd(end: StreamEnd): void {
    if (end.how === 'cut' || end.how === 'damaged') {
      this.#giveUp(end.how === 'cut' ? 'truncated' : 'damaged', end.fault);
    } else if (this.#decoder === undefined) {
      this.#giveUp('truncated', 'it ends before its schema');
    } else if (end.how === 'unmarked' && this.#ours) {
      this.#trace.countFault('truncated');
    }
  }

  /** What was read is kept and the rest counted; a file that nothing was read of is an error. */
  #giveUp(reason: 'truncated' | 'damaged', fault: string, cause?: unknown): void {
    if (this.#decoder !== undefined && !(cause instanceof CompressedError) && this.#trace.batches > 0) {
      this.#trace.countFault(reason);
      return;
    }
    const hint =
      cause instanceof CompressedError
        ? 'Write it again without compression.'
        : 'Copy it again, or record again.';
    throw new HoldwaitError('input', 'CAPTURE_CORRUPT', `${this.#path} cannot be read: ${fault}`, {
      hint,
      cause,
    });
  }

  #readFooterSchema(): Schema {
    const trailer = this.#readAt(this.#sizeBytes - FILE_TRAILER_BYTES, FILE_TRAILER_BYTES);
    const footerBytes = trailer.readInt32LE(0);
    const position = this.#sizeBytes - FILE_TRAILER_BYTES - footerBytes;
    if (!isArrowFile(trailer.subarray(4)) || footerBytes <= 0 || position < FILE_MAGIC_BYTES) {
      throw new FlatbufferError('its table of contents is missing');
    }
    const footer = this.#readAt(position, footerBytes);
    checkFooter(footer);
    return Footer.decode(footer).schema;
  }

  #readAt(position: number, sizeBytes: number): Buffer {
    const bytes = Buffer.alloc(sizeBytes);
    readSync(this.#fd, bytes, 0, sizeBytes, Math.max(0, position));
    return bytes;
  }
}

function isFileFault(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}
