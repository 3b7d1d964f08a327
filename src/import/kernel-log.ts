import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  constants as zlib,
  zstdDecompressSync,
} from 'node:zlib';
import { fileError, splitLines, type Trace } from '../trace/index.ts';
import { DeptReader } from './kernel-log/dept-reader.ts';
import { HeldLocksReader } from './kernel-log/held-locks.ts';
import { LockdepReader } from './kernel-log/lockdep-reader.ts';
import { LogFacts } from './kernel-log/log-facts.ts';
import { cleanLine, type LogLine, splitMessages } from './kernel-log/log-line.ts';
import { LogTrace } from './kernel-log/log-trace.ts';
import type { ReportReader, ReportSink } from './kernel-log/report-sink.ts';
import { StallReader } from './kernel-log/stall-reader.ts';
import { TaskReader } from './kernel-log/task-reader.ts';

/** Longest line that is read, bytes; the kernel's own end below 1 KiB. */
const MAX_LOG_LINE_BYTES = 64 * 1024;
/** What is unpacked to tell a packed log, bytes; and the most that this may come to. */
const PACKED_SNIFF_BYTES = 8 * 1024;
const MAX_SNIFF_BYTES = 64 * 1024 * 1024;

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const CUT_NUMBER = /:\s*\d+\s*$/;
/** Events of another program may quote a log in an attachment. */
const NDJSON_START = /^(?:\xef\xbb\xbf)?\s*\{\s*"/;
/** Lines that only a kernel log has, or something that quotes one. */
const LOG_SIGNS =
  /^[\s>]*(?:<\d{1,3}>)?\[ {0,8}\d{1,10}\.\d{6}\]|^\S.{0,80} kernel(?:\[\d{1,10}\])?: |\bINFO: task \S.{0,80} blocked|^[\s>]*(?:\[<[0-9a-f]{1,16}>\] )?\w{1,200}\+0x[0-9a-f]{1,8}\/0x[0-9a-f]{1,8}|\blocks? held by |\[ INFO: |possible (?:circular|recursive) locking|^[\s>]*DEPT|^\[\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\] |^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ \S+: /m;

/** Makes a reader for each kind of report. One line is offered to one after the other until one takes it. */
export type ReaderMaker = (sink: ReportSink) => ReportReader;

const READERS: readonly ReaderMaker[] = [
  (sink) => new LockdepReader(sink),
  (sink) => new DeptReader(sink),
  (sink) => new StallReader(sink),
  (sink) => new TaskReader(sink),
  (sink) => new HeldLocksReader(sink),
];

/** Whether a file with this head is a kernel log, plain or compressed. */
export function isKernelLog(head: Buffer): boolean {
  const text = isPacked(head) ? unpackHead(head.subarray(0, PACKED_SNIFF_BYTES)) : head;
  return !NDJSON_START.test(text.toString('latin1', 0, 64)) && looksLikeLog(text);
}

/**
 * Reads a kernel log from a file: a console, dmesg, syslog or the journal, a mail that quotes one; plain, gzip or zstd.
 * Waits are those that nothing in the log ends. What looks like a report and cannot be read is counted
 * (`cut_report`, `unread_report`, `long_line`, `truncated`) and listed in the attachment `log-faults`.
 *
 * @param signal ends the reading with its reason
 * @throws HoldwaitError (input) FILE_*
 */
export async function importKernelLog(path: string, signal?: AbortSignal): Promise<Trace> {
  const log = new LogImporter();
  try {
    const magic = await readStart(path);
    const source = createReadStream(path);
    await readAll(unpack(magic, source), source, log, signal);
  } catch (error) {
    throw fileError(path, error);
  }
  return log.finish();
}

async function readAll(
  text: Readable,
  source: Readable,
  log: LogImporter,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for await (const lines of splitLines(text, MAX_LOG_LINE_BYTES)) {
      signal?.throwIfAborted();
      for (const { text, ended } of lines) {
        log.addLine(text, ended);
      }
    }
  } catch (error) {
    if (!isDamaged(error)) {
      throw error;
    }
    // A compressed log that was copied while it was written ends somewhere: what came before is as good as ever.
    log.countLoss((error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR' ? 'truncated' : 'damaged');
  } finally {
    source.destroy();
  }
}

/** Takes lines one by one; keeps no more than the reports that are open and what they found. */
export class LogImporter {
  readonly #trace = new LogTrace();
  readonly #facts = new LogFacts();
  readonly #readers: readonly ReportReader[];
  #lines = 0;

  constructor(readers: readonly ReaderMaker[] = READERS) {
    this.#readers = readers.map((make) => make(this.#trace));
  }

  /**
   * @param raw undefined = a line that was too long to be kept
   * @param ended false: the last line, without a line feed, so that a number at its end may be half a number
   */
  addLine(raw: string | undefined, ended = true): void {
    this.#lines++;
    if (!ended && raw !== undefined && CUT_NUMBER.test(raw)) {
      this.#trace.countLoss('truncated');
      return;
    }
    if (raw === undefined) {
      this.#trace.countLoss('long_line');
      return;
    }
    for (const message of splitMessages(raw)) {
      this.#addMessage(this.#facts.withTime(cleanLine(message, this.#lines)));
    }
  }

  countLoss(reason: string): void {
    this.#trace.countLoss(reason);
  }

  finish(): Trace {
    this.#endReaders();
    return this.#trace.finish(this.#facts.info());
  }

  #addMessage(line: LogLine): void {
    if (this.#facts.startsBoot(line, this.#trace.endNs)) {
      this.#endReaders();
      this.#trace.startBoot();
    }
    if (line.tsNs !== undefined) {
      this.#trace.sawTime(line.tsNs);
    }
    this.#facts.note(line);
    for (const reader of this.#readers) {
      if (reader.take(line)) {
        return;
      }
    }
  }

  #endReaders(): void {
    for (const reader of this.#readers) {
      reader.end();
    }
  }
}

/** The text in a file that begins with `magic`: the file itself, unless it is packed. */
function unpack(magic: Buffer, source: Readable): Readable {
  if (!isPacked(magic)) {
    return source;
  }
  const stream = startsWith(magic, GZIP_MAGIC) ? createGunzip() : createZstdDecompress();
  source.on('error', (error) => stream.destroy(error));
  return source.pipe(stream);
}

/** As much of the text as can be had from the head of a packed file; nothing, if it is damaged. */
function unpackHead(head: Buffer): Buffer {
  try {
    return startsWith(head, GZIP_MAGIC)
      ? gunzipSync(head, { finishFlush: zlib.Z_SYNC_FLUSH })
      : zstdDecompressSync(head, { finishFlush: zlib.ZSTD_e_flush, maxOutputLength: MAX_SNIFF_BYTES });
  } catch {
    return Buffer.alloc(0);
  }
}

async function readStart(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(ZSTD_MAGIC.length), 0, ZSTD_MAGIC.length, 0);
  return buffer.subarray(0, bytesRead);
}

/** Whether a file with this head is compressed, in a way that logs are read in. */
export function isPacked(head: Buffer): boolean {
  return startsWith(head, GZIP_MAGIC) || startsWith(head, ZSTD_MAGIC);
}

function looksLikeLog(head: Buffer): boolean {
  return LOG_SIGNS.test(head.toString('latin1').replaceAll('\r', '\n'));
}

function startsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

function isDamaged(error: unknown): boolean {
  return /^(Z_|ZSTD_|ERR_ZLIB)/.test((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}
