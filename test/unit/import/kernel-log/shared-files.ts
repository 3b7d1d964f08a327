import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of material that is kept beside the repository, and need not be there. */
export function sharedPath(name: string): string {
  return fileURLToPath(new URL(`../../../../../shared/${name}`, import.meta.url));
}

/** Why a test that needs it is skipped; false = it is there. */
export function skipWithout(path: string): string | false {
  return existsSync(path) ? false : `${path} is not there`;
}
