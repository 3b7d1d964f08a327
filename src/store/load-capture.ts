import { importKernelLog, isKernelLog, isNdjson, isPacked, openNdjson } from '../import/index.ts';
import {
  fileError,
  HoldwaitError,
  missingFileError,
  openTrace,
  readTrace,
  type Trace,
  type TraceSource,
} from '../trace/index.ts';
import { isArrowFile, isArrowStream, isSqlite } from './formats.ts';
import { readHead } from './output-file.ts';

/** A format that a capture may be in. */
interface CaptureFormat {
  /** As it is named where the accepted formats are listed. */
  readonly name: string;
  /** Whether a file with this head is of the format; it may still turn out damaged. */
  sniff(head: Buffer): boolean;
  open(path: string, signal?: AbortSignal): TraceSource | Promise<TraceSource>;
}

/** Asked in this order: what has a magic number before what is told by its look. */
const FORMATS: readonly CaptureFormat[] = [
  {
    name: 'a SQLite capture',
    sniff: isSqlite,
    open: async (path) => (await import('./sqlite-load.ts')).openSqlite(path),
  },
  {
    name: 'an Arrow IPC stream or file',
    sniff: (head) => isArrowStream(head) || isArrowFile(head),
    open: async (path) => (await import('./arrow-load.ts')).openArrow(path),
  },
  {
    name: 'a kernel log (plain, gzip or zstd)',
    sniff: isKernelLog,
    // Its waits are known at its end, and are few.
    open: async (path, signal) => openTrace(await importKernelLog(path, signal)),
  },
  { name: 'NDJSON events', sniff: isNdjson, open: openNdjson },
];

/**
 * Loads a capture in any format, told by the file's content and never by its name.
 *
 * @throws HoldwaitError (input) FILE_*, FILE_EMPTY, UNKNOWN_FORMAT, and what the format's reader throws
 */
export async function loadCapture(path: string): Promise<Trace> {
  return readTrace(await openSource(path));
}

/**
 * The same capture batch by batch.
 *
 * @param signal ends with its reason what is read before the first batch: all of a kernel log
 * @throws HoldwaitError (input) FILE_*, FILE_EMPTY, UNKNOWN_FORMAT; what the format's reader throws comes with the batches
 */
export async function openSource(path: string, signal?: AbortSignal): Promise<TraceSource> {
  return findFormat(path).open(path, signal);
}

/**
 * The name of the format that a capture is in: `a SQLite capture`.
 *
 * @throws HoldwaitError (input) FILE_*, FILE_EMPTY, UNKNOWN_FORMAT
 */
export function nameFormat(path: string): string {
  return findFormat(path).name;
}

function findFormat(path: string): CaptureFormat {
  const head = readHeadOf(path);
  const format = FORMATS.find(({ sniff }) => sniff(head));
  if (format === undefined) {
    throw unknownFormatError(path, head);
  }
  return format;
}

function unknownFormatError(path: string, head: Buffer): HoldwaitError {
  const [fault, hint] = isPacked(head)
    ? [
        'is compressed and no kernel log',
        'Only kernel logs are read compressed: unpack it first (gunzip, zstd -d).',
      ]
    : [
        'is in none of the formats that holdwait reads',
        `It reads ${FORMATS.map(({ name }) => name).join(', ')}.`,
      ];
  return new HoldwaitError('input', 'UNKNOWN_FORMAT', `${path} ${fault}`, { hint });
}

function readHeadOf(path: string): Buffer {
  let head: Buffer | undefined;
  try {
    head = readHead(path);
  } catch (error) {
    throw fileError(path, error);
  }
  if (head === undefined) {
    throw missingFileError(path);
  }
  if (head.length === 0) {
    throw new HoldwaitError('input', 'FILE_EMPTY', `${path} is empty`, {
      hint: 'Nothing was written to it; if it was copied, copy it again.',
    });
  }
  return head;
}
