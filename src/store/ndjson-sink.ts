import { closeSync, openSync, writeSync } from 'node:fs';
import {
  type CaptureInfo,
  fileError,
  type TraceSink,
  writeNdjsonBatch,
  writeNdjsonHeader,
} from '../trace/index.ts';
import { isCaptureHead } from './formats.ts';
import { prepareOutput, type SinkOptions } from './output-file.ts';

/** Room after the header, so that what is known only at the end can be written into it. */
const SPARE_BYTES = 256;
const CHARS_PER_WRITE = 1 << 20;
/** How every file begins that a sink or an export has written. */
const HEADER_START = '{"type":"capture","schema":"holdwait.';

/**
 * A capture as lines of the interchange contract. close() writes into the header what has become known since: while the
 * file is open, or if its writer dies, the header is that of the begin.
 *
 * @throws HoldwaitError (usage) OUTPUT_EXISTS, OUTPUT_NOT_A_CAPTURE; (input) FILE_*, also from write() and close()
 */
export function openNdjsonSink(path: string, info: CaptureInfo, options: SinkOptions = {}): TraceSink {
  prepareOutput(path, options, isNdjsonCapture);
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw fileError(path, error);
    }
  };
  const header = padHeader(info, SPARE_BYTES);
  const fd = guard(() => openSync(path, 'wx'));
  guard(() => writeAll(fd, header, null));
  return {
    write: (batch, builder) => guard(() => writeLines(fd, writeNdjsonBatch(batch, builder))),
    close: (last) =>
      guard(() => {
        const room = Buffer.byteLength(header);
        const known = writeNdjsonHeader(last);
        if (Buffer.byteLength(known) <= room) {
          writeAll(fd, padHeader(last, room - Buffer.byteLength(known)), 0);
        }
        closeSync(fd);
      }),
  };
}

function isNdjsonCapture(head: Buffer): boolean {
  return isCaptureHead(head) || head.toString('latin1', 0, HEADER_START.length) === HEADER_START;
}

function padHeader(info: CaptureInfo, spareBytes: number): string {
  return writeNdjsonHeader(info).replace(/\n$/, `${' '.repeat(spareBytes)}\n`);
}

function writeLines(fd: number, lines: Iterable<string>): void {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length >= CHARS_PER_WRITE) {
      writeAll(fd, text, null);
      text = '';
    }
  }
  writeAll(fd, text, null);
}

/** @param position from the file's start; null: where the last write ended */
function writeAll(fd: number, text: string, position: number | null): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}
