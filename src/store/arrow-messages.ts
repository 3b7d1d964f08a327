import { readSync } from 'node:fs';
import { FlatbufferError, FlatTable } from './flatbuffer.ts';

/** Values of the message header's type in the Arrow format. */
export const MessageKind = { schema: 1, dictionary: 2, records: 3 } as const;

export interface ArrowMessage {
  readonly kind: number;
  /** The flatbuffer that describes the body. */
  readonly header: Buffer;
  readonly body: MessageBody;
}

/** What follows a header; all of it is in the file. Bytes that were read are valid until the next message is read. */
export interface MessageBody {
  readonly sizeBytes: number;
  /** Bytes of the body, fewer where it ends; an offset that is a multiple of 8 is one in memory, too. */
  read(offset: number, sizeBytes: number): Uint8Array;
}

/** How the reading of a stream ended. */
export type StreamEnd =
  | { readonly how: 'marked' }
  /** At the end of a message, without the mark: a writer that was killed, or one that does not write it. */
  | { readonly how: 'unmarked' }
  | { readonly how: 'cut' | 'damaged'; readonly fault: string };

/** A body up to this size is read at once; of a larger one, only the columns that are needed. */
const WHOLE_BODY_BYTES = 256 * 1024;
const CONTINUATION = 0xffff_ffff;
const PREFIX_BYTES = 8;
/** Of a block in a file format's footer. */
const BLOCK_BYTES = 24;
/** Far beyond any schema; nested fields may share their descriptions, which then unfold to more than the file holds. */
const MAX_FIELDS = 10_000;

/**
 * Reads the messages of a stream one by one, each checked so far that decoding it cannot ask for more memory than the
 * file has. Ends at the end-of-stream mark, or where the file does.
 */
export class MessageReader {
  readonly #fd: number;
  readonly #sizeBytes: number;
  #position: number;
  readonly #body: BodyReader;
  #end: StreamEnd = { how: 'marked' };

  constructor(fd: number, position: number, sizeBytes: number) {
    this.#fd = fd;
    this.#body = new BodyReader(fd);
    this.#position = position;
    this.#sizeBytes = sizeBytes;
  }

  /** Position of the message that is read next, bytes. */
  get position(): number {
    return this.#position;
  }

  /** Known once messages() has ended. */
  get end(): StreamEnd {
    return this.#end;
  }

  *messages(): Generator<ArrowMessage> {
    try {
      for (let message = this.#next(); message !== undefined; message = this.#next()) {
        yield message;
      }
    } catch (error) {
      if (!(error instanceof FlatbufferError)) {
        throw error;
      }
      this.#end = { how: 'damaged', fault: `the message at byte ${this.#position} has ${error.message}` };
    }
  }

  #next(): ArrowMessage | undefined {
    if (this.#position === this.#sizeBytes) {
      this.#end = { how: 'unmarked' };
      return undefined;
    }
    const prefix = this.#read(PREFIX_BYTES);
    if (prefix === undefined) {
      return undefined;
    }
    const headerBytes = prefix.readInt32LE(4);
    if (prefix.readUInt32LE(0) !== CONTINUATION || headerBytes < 0) {
      throw new FlatbufferError('no valid start');
    }
    return headerBytes === 0 ? undefined : this.#readMessage(PREFIX_BYTES + headerBytes);
  }

  #readMessage(headerBytes: number): ArrowMessage | undefined {
    const header = this.#read(headerBytes)?.subarray(PREFIX_BYTES);
    if (header === undefined) {
      return undefined;
    }
    const { kind, bodyBytes } = checkMessage(header);
    const start = this.#position + headerBytes;
    if (start + bodyBytes > this.#sizeBytes) {
      return this.#cutOff();
    }
    this.#body.startAt(start, bodyBytes);
    this.#position = start + bodyBytes;
    return { kind, header, body: this.#body };
  }

  /** undefined = the file ends before; nothing of that size is allocated then. */
  #read(sizeBytes: number): Buffer | undefined {
    if (this.#position + sizeBytes > this.#sizeBytes) {
      return this.#cutOff();
    }
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    readFully(this.#fd, bytes, this.#position);
    return bytes;
  }

  #cutOff(): undefined {
    this.#end = { how: 'cut', fault: `it is cut off inside the message at byte ${this.#position}` };
  }
}

/** Bodies one after the other in the same memory: fresh memory for each takes as long as reading it. */
class BodyReader implements MessageBody {
  readonly #fd: number;
  #start = 0;
  #sizeBytes = 0;
  #isRead = false;
  #bytes = Buffer.alloc(0);

  constructor(fd: number) {
    this.#fd = fd;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  startAt(position: number, sizeBytes: number): void {
    this.#start = position;
    this.#sizeBytes = sizeBytes;
    this.#isRead = false;
    if (this.#bytes.length < sizeBytes) {
      // Not from the pool, which starts at any address.
      this.#bytes = Buffer.allocUnsafeSlow(sizeBytes);
    }
  }

  read(offset: number, sizeBytes: number): Uint8Array {
    const from = Math.min(offset, this.#sizeBytes);
    const to = Math.min(from + sizeBytes, this.#sizeBytes);
    if (this.#sizeBytes > WHOLE_BODY_BYTES) {
      readFully(this.#fd, this.#bytes.subarray(from, to), this.#start + from);
    } else if (!this.#isRead) {
      readFully(this.#fd, this.#bytes.subarray(0, this.#sizeBytes), this.#start);
      this.#isRead = true;
    }
    return this.#bytes.subarray(from, to);
  }
}

/** @throws FlatbufferError if the file has become shorter */
function readFully(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (got === 0) {
      throw new FlatbufferError('no end: the file has become shorter');
    }
    done += got;
  }
}

/** @throws FlatbufferError if decoding the footer of the file format could ask for more memory than it has */
export function checkFooter(footer: Buffer): void {
  const table = FlatTable.root(footer);
  const schema = table.table(1);
  if (schema === undefined) {
    throw new FlatbufferError('no schema');
  }
  checkFields(schema);
  table.vectorLength(2, BLOCK_BYTES);
  table.vectorLength(3, BLOCK_BYTES);
}

function checkMessage(header: Buffer): { kind: number; bodyBytes: number } {
  const message = FlatTable.root(header);
  const kind = message.byte(1) ?? 0;
  const bodyBytes = message.long(3);
  if (bodyBytes < 0 || bodyBytes % 8 !== 0) {
    throw new FlatbufferError(`a body of ${bodyBytes} bytes`);
  }
  message.vectorLength(4, 4);
  checkContent(kind, message.table(2), bodyBytes);
  return { kind, bodyBytes };
}

function checkContent(kind: number, content: FlatTable | undefined, bodyBytes: number): void {
  if (content === undefined) {
    throw new FlatbufferError('no content');
  }
  if (kind === MessageKind.schema) {
    checkFields(content);
  } else if (kind === MessageKind.records) {
    checkBatch(content, bodyBytes);
  } else if (kind === MessageKind.dictionary && content.table(1) !== undefined) {
    checkBatch(content.table(1)!, bodyBytes);
  } else {
    throw new FlatbufferError('a content of unknown kind');
  }
}

/** No column has more rows than its body has bits; the library would allocate what it is told. */
function checkBatch(batch: FlatTable, bodyBytes: number): void {
  for (const rows of [batch.long(0), ...batch.structHeads(1, 16)]) {
    if (rows < 0 || rows > bodyBytes * 8) {
      throw new FlatbufferError(`${rows} rows in ${bodyBytes} bytes`);
    }
  }
  batch.vectorLength(2, 16);
  batch.vectorLength(4, 8);
}

function checkFields(schema: FlatTable): void {
  schema.vectorLength(2, 4);
  const pending = Array.from(schema.tables(1));
  for (let seen = 0; pending.length > 0; seen++) {
    const field = pending.pop()!;
    field.vectorLength(6, 4);
    if (seen + pending.length + field.vectorLength(5, 4) > MAX_FIELDS) {
      throw new FlatbufferError(`more than ${MAX_FIELDS} fields`);
    }
    for (const child of field.tables(5)) {
      pending.push(child);
    }
  }
}
