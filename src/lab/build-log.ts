import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type ErrorDetails, HoldwaitError } from '../trace/error.ts';
import type { KernelName } from './kernels.ts';

const TAIL_BYTES = 16_384;
const TAIL_LINES = 15;

/** What is known to go wrong with an archive, by what apt says then. */
const CAUSES: readonly { readonly says: RegExp; readonly code: string; readonly fact: string; hint: Hint }[] =
  [
    {
      says: /Release file .*(is expired|not valid yet)|Release' is expired/,
      code: 'ARCHIVE_EXPIRED',
      fact: 'the package lists of the Debian archive are past their expiry date',
      hint: (kernel) => `To use them all the same: holdwait lab build --kernel ${kernel} --accept-expired`,
    },
    {
      says: /Could not resolve|Temporary failure resolving|Could not connect|Unable to connect|Network is unreachable/,
      code: 'ARCHIVE_UNREACHABLE',
      fact: 'the Debian archive (deb.debian.org) could not be reached',
      hint: (kernel) =>
        `Check the network (a proxy goes into http_proxy), then: holdwait lab build --kernel ${kernel}`,
    },
    {
      says: /NO_PUBKEY|no signed-by value|following signatures couldn't be verified/,
      code: 'ARCHIVE_KEY_MISSING',
      fact: 'this system does not have the key the Debian archive is signed with',
      hint: () => 'apt-get install --only-upgrade debian-archive-keyring',
    },
    {
      says: /No space left on device/,
      code: 'DISK_FULL',
      fact: 'the disk is full',
      hint: () => 'Free 3 GiB, or set XDG_CACHE_HOME to a folder on a larger disk.',
    },
  ];
type Hint = (kernel: KernelName) => string;

/** Turns a failed build into an error that says what went wrong, with the log's last lines. */
export function explainBuildFailure(step: string, logPath: string, kernel: KernelName): HoldwaitError {
  const text = readTail(logPath, TAIL_BYTES);
  const cause = CAUSES.find(({ says }) => says.test(text));
  const fact = cause === undefined ? '' : `: ${cause.fact}`;
  const message = `Building the image failed at ${step}${fact}.\n${indent(lastLines(text, TAIL_LINES))}`;
  const details: ErrorDetails = { hint: cause?.hint(kernel) ?? `Whole log: ${logPath}` };
  return new HoldwaitError('target', cause?.code ?? 'IMAGE_BUILD_FAILED', message, details);
}

/** The end of a file as text; empty if there is no such file. */
export function readTail(path: string, bytes: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    closeSync(file);
  }
}

export function lastLines(text: string, count: number): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
}

export function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
