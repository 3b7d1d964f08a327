import { APPLICATION_ID, SQLITE_HEADER_BYTES, SQLITE_MAGIC } from './sqlite-schema.ts';

/** Schema metadata keys of an Arrow capture: what marks it as ours, and its version. */
export const ARROW_SCHEMA_KEY = 'holdwait.schema';
export const ARROW_CAPTURE_KEY = 'holdwait.capture';

/** For who gives a file that is no capture. */
export const FOREIGN_HINT =
  'holdwait reads its own captures, Arrow and NDJSON events, and kernel logs; `holdwait capture TARGET -o FILE` makes a capture.';

const ARROW_FILE_MAGIC = 'ARROW1';
/** Of the flatbuffer before a schema message: far more than any schema needs, far less than text read as a number. */
const MAX_SCHEMA_BYTES = 16 * 1024 * 1024;

export function isSqlite(head: Buffer): boolean {
  return head.toString('latin1', 0, SQLITE_MAGIC.length) === SQLITE_MAGIC;
}

export function isSqliteCapture(head: Buffer): boolean {
  return isSqlite(head) && head.length >= SQLITE_HEADER_BYTES && head.readUInt32BE(68) === APPLICATION_ID;
}

export function isArrowFile(head: Buffer): boolean {
  return head.toString('latin1', 0, ARROW_FILE_MAGIC.length) === ARROW_FILE_MAGIC;
}

/** A continuation marker and a plausible length: how every Arrow IPC stream since format 0.15 starts. */
export function isArrowStream(head: Buffer): boolean {
  if (head.length < 8 || head.readUInt32LE(0) !== 0xffff_ffff) {
    return false;
  }
  const schemaBytes = head.readInt32LE(4);
  return schemaBytes > 0 && schemaBytes <= MAX_SCHEMA_BYTES && schemaBytes % 8 === 0;
}

/** Whether a file with this head was written by one of the sinks. */
export function isCaptureHead(head: Buffer): boolean {
  return isSqliteCapture(head) || (isArrowStream(head) && head.includes(ARROW_SCHEMA_KEY));
}
