import { execFile } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { TestGuest } from '../e2e/lab-fixture.ts';

const run = promisify(execFile);

const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
const GUEST_FOLDER = '/opt/bench';
/** A guest has these of its own, newer than this machine's or the same. */
const C_LIBRARY = /\/(?:ld-linux[^/]*|libc|libm|libpthread|libdl|librt)\.so/;
const MAX_ARCHIVE_BYTES = 256 * 2 ** 20;

/** Where a program of this machine is; undefined = it is not installed. */
export function findProgram(name: string, folders: readonly string[] = FOLDERS): string | undefined {
  return folders.map((folder) => `${folder}/${name}`).find(existsSync);
}

/** The same for a program of libbpf-tools, first in a folder of the user's. Newer packages add to their names. */
export function findBpfTool(name: string, folder: string | undefined): string | undefined {
  const folders = folder === undefined ? FOLDERS : [folder, ...FOLDERS];
  return findProgram(`${name}-libbpf`, folders) ?? findProgram(name, folders);
}

/**
 * Copies programs of this machine into the guest, with the libraries they need: its image has no tracers but bpftrace.
 * Returns what runs each there.
 */
export async function putPrograms(
  guest: TestGuest,
  paths: readonly string[],
): Promise<(name: string) => string> {
  const libraries = new Set((await Promise.all(paths.map(listLibraries))).flat());
  const { stdout } = await run(
    'tar',
    ['-chzf', '-', '-P', '--transform', 's,.*/,,', ...paths, ...libraries],
    {
      encoding: 'buffer',
      maxBuffer: MAX_ARCHIVE_BYTES,
    },
  );
  const unpacked = await guest.connection.run(`mkdir -p ${GUEST_FOLDER} && tar -xzf - -C ${GUEST_FOLDER}`, {
    input: stdout,
    timeoutMs: 120_000,
  });
  if (unpacked.status !== 0) {
    throw new Error(`${paths.map((path) => basename(path)).join(', ')}: ${unpacked.stderr}`);
  }
  return (name) => `LD_LIBRARY_PATH=${GUEST_FOLDER} ${GUEST_FOLDER}/${name}`;
}

async function listLibraries(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]);
  return Array.from(stdout.matchAll(/=> (\/\S+)/g), ([, path]) => path!).filter(
    (path) => !C_LIBRARY.test(path),
  );
}

/** Copies a file out of the guest. */
export async function fetchFile(guest: TestGuest, from: string, to: string): Promise<void> {
  const command = await guest.connection.start(`cat ${from}`);
  await Promise.all([pipeline(command.stdout, createWriteStream(to)), command.stderr.resume()]);
  const { status, lost } = await command.done;
  if (status !== 0) {
    throw new Error(`${from} could not be copied: ${lost ?? `status ${status}`}`);
  }
}
