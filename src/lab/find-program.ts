import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { HoldwaitError } from '../trace/error.ts';

/** Where a user's PATH often does not reach, and mke2fs lives. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** Full path of a program, looked for in PATH and the system's folders. */
export function tryFindProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  const folders = [...path.split(':').filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @throws HoldwaitError (target, PROGRAM_MISSING) naming the command that installs it */
export function findProgram(name: string): string {
  const found = tryFindProgram(name);
  if (found === undefined) {
    throw new HoldwaitError('target', 'PROGRAM_MISSING', `The lab needs ${name}, which is not installed.`, {
      hint: 'holdwait lab deps',
    });
  }
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
